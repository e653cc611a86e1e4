import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import ts from 'typescript';

/** What a request parameter may be: a leaf, a list, a free map, or an object with exactly these fields. */
export type ParamShape =
  | 'string'
  | 'number'
  | 'boolean'
  | { list: ParamShape }
  | { map: ParamShape }
  | { fields: Record<string, ParamShape>; required?: string[]; or?: ParamShape };

const require = createRequire(import.meta.url);
/** The package exports no package.json; its entry point is <root>/cjs/stripe.cjs.node.js. */
const stripeRoot = dirname(dirname(require.resolve('stripe')));

/**
 * Reads the SDK's declaration files with the compiler's checker, so that what the sandbox sends and accepts is compared
 * with the vendor's own published shapes instead of with our memory of them.
 */
export class StripeTypings {
  private readonly program: ts.Program;
  private readonly checker: ts.TypeChecker;

  constructor() {
    this.program = ts.createProgram([join(stripeRoot, 'esm/stripe.esm.node.d.ts')], {
      module: ts.ModuleKind.NodeNext,
      moduleResolution: ts.ModuleResolutionKind.NodeNext,
      target: ts.ScriptTarget.ES2024,
      strict: true,
      skipLibCheck: true,
      types: [],
    });
    this.checker = this.program.getTypeChecker();
  }

  /** `type('Checkout/Sessions', 'Session')` */
  type(file: string, name: string): ts.Type {
    const source = this.program.getSourceFile(join(stripeRoot, 'esm/resources', file + '.d.ts'));
    const module = source && this.checker.getSymbolAtLocation(source);
    if (!module) throw new Error(`stripe has no resources/${file}`);
    for (const part of this.checker.getExportsOfModule(module)) {
      if (part.name === name) return this.checker.getDeclaredTypeOfSymbol(part);
      // Some parameter types live in a namespace: Checkout.SessionCreateParams.
      const inner = part.exports?.get(ts.escapeLeadingUnderscores(name));
      if (inner) return this.checker.getDeclaredTypeOfSymbol(inner);
    }
    throw new Error(`stripe's resources/${file} exports no ${name}`);
  }

  /** Every field of `value` that the type lacks, every required field it misses, every value of a wrong kind. */
  problems(type: ts.Type, value: unknown, path = ''): string[] {
    const members = type.isUnion() ? type.types : [type];
    if (value === null) return members.some((m) => m.flags & ts.TypeFlags.Null) ? [] : [`${path}: null is not allowed`];
    if (typeof value !== 'object') {
      if (members.some((member) => this.acceptsPrimitive(member, value))) return [];
      return [`${path}: ${JSON.stringify(value)} does not fit ${this.checker.typeToString(type)}`];
    }
    const objects = members.filter((m) => m.flags & ts.TypeFlags.Object && !isDecimal(m));
    if (objects.length === 0) return [`${path}: an object does not fit ${this.checker.typeToString(type)}`];
    const named = objects.filter((member) => this.discriminates(member, value));
    const attempts = (named.length > 0 ? named : objects).map((m) => this.objectProblems(m, value, path));
    return attempts.reduce((best, next) => (next.length < best.length ? next : best));
  }

  /** The shape of a parameter type as data. Types that contain themselves end as free maps. */
  params(type: ts.Type, above: readonly ts.Type[] = []): ParamShape {
    const present = (type.isUnion() ? type.types : [type]).filter(
      (m) => !(m.flags & (ts.TypeFlags.Undefined | ts.TypeFlags.Null | ts.TypeFlags.Void)),
    );
    const objects = present.filter((m) => m.flags & ts.TypeFlags.Object && !isDecimal(m));
    if (objects.length === 0) return leafOf(present);
    if (above.some((t) => objects.includes(t))) return { map: 'string' };
    const inside = [...above, ...objects];
    for (const object of objects) {
      const element = this.elementOf(object);
      if (element) return { list: this.params(element, inside) };
      const index = this.checker.getIndexTypeOfType(object, ts.IndexKind.String);
      if (index) return { map: this.params(index, inside) };
    }
    const fields: Record<string, ParamShape> = {};
    const required: string[] = [];
    for (const property of objects.flatMap((object) => this.checker.getPropertiesOfType(object))) {
      fields[property.name] = this.params(this.checker.getTypeOfSymbol(property), inside);
      if (!(property.flags & ts.SymbolFlags.Optional) && objects.length === 1) required.push(property.name);
    }
    // A range or a plain value (`created`), as opposed to '' which unsets.
    const plain = present.filter((m) => !objects.includes(m) && !(m.isStringLiteral() && m.value === ''));
    return {
      fields,
      ...(required.length > 0 ? { required } : {}),
      ...(plain.length > 0 ? { or: leafOf(plain) } : {}),
    };
  }

  private objectProblems(type: ts.Type, value: object, path: string): string[] {
    const element = this.elementOf(type);
    if (element) {
      if (!Array.isArray(value)) return [`${path}: a list was expected`];
      return value.flatMap((item, index) => this.problems(element, item, `${path}[${index}]`));
    }
    if (Array.isArray(value)) return [`${path}: a list was not expected`];
    const properties = new Map(this.checker.getPropertiesOfType(type).map((p) => [p.name, p]));
    const index = this.checker.getIndexTypeOfType(type, ts.IndexKind.String);
    const found: string[] = [];
    for (const [name, property] of properties) {
      const optional = Boolean(property.flags & ts.SymbolFlags.Optional);
      if (!(name in value) && !optional) found.push(`${path}.${name}: missing`);
    }
    for (const [name, item] of Object.entries(value)) {
      const property = properties.get(name);
      const itemType = property ? this.checker.getTypeOfSymbol(property) : index;
      if (itemType) found.push(...this.problems(itemType, item, `${path}.${name}`));
      else found.push(`${path}.${name}: unknown field`);
    }
    return found;
  }

  /** Members whose literal `object` or `type` says something else than the value does are out. */
  private discriminates(type: ts.Type, value: object): boolean {
    return ['object', 'type'].every((name) => {
      const property = type.getProperty(name);
      const literal = property && this.checker.getTypeOfSymbol(property);
      return !literal?.isStringLiteral() || literal.value === (value as Record<string, unknown>)[name];
    });
  }

  private acceptsPrimitive(type: ts.Type, value: unknown): boolean {
    if (typeof value === 'string') {
      if (type.isStringLiteral()) return type.value === value;
      // OtherString is `string & {}`: the vendor's own mark for an open enumeration.
      return Boolean(type.flags & (ts.TypeFlags.String | ts.TypeFlags.Intersection)) || isDecimal(type);
    }
    if (typeof value === 'number') return Boolean(type.flags & ts.TypeFlags.NumberLike);
    if (type.flags & ts.TypeFlags.BooleanLiteral) return this.checker.typeToString(type) === String(value);
    return Boolean(type.flags & ts.TypeFlags.Boolean);
  }

  private elementOf(type: ts.Type): ts.Type | undefined {
    return this.checker.isArrayType(type) ? this.checker.getTypeArguments(type as ts.TypeReference)[0] : undefined;
  }
}

/** `Decimal` is an object in the SDK and a string on the wire. */
function isDecimal(type: ts.Type): boolean {
  return type.symbol?.name === 'Decimal';
}

function leafOf(members: readonly ts.Type[]): ParamShape {
  const all = (flag: ts.TypeFlags) => members.every((m) => m.flags & flag || (m.isStringLiteral() && m.value === ''));
  if (all(ts.TypeFlags.NumberLike)) return 'number';
  if (all(ts.TypeFlags.BooleanLike)) return 'boolean';
  return 'string';
}
