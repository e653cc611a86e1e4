import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import ts from 'typescript';

const { resolve } = createRequire(import.meta.url);

/** The members an SDK declares for an interface, so that what the sandbox accepts is compared with the vendor's own list. */
export function membersOf(packageName: string, declaration: string, interfaceName: string): string[] {
  const path = join(dirname(resolve(packageName)), declaration);
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest);
  const names: string[] = [];
  source.forEachChild((node) => {
    if (!ts.isInterfaceDeclaration(node) || node.name.text !== interfaceName) return;
    for (const member of node.members) {
      if (ts.isPropertySignature(member) && ts.isIdentifier(member.name)) names.push(member.name.text);
    }
  });
  if (names.length === 0) throw new Error(`${packageName}/${declaration} declares no ${interfaceName}`);
  return names.sort();
}

/**
 * What the compiler says against real answers when they are written down as values of the SDK's own types: a missing
 * field, an unknown one, a value of the wrong kind. Answers that fit are not in the list.
 */
export function typeErrors(
  imports: string,
  answers: ReadonlyArray<readonly [type: string, value: unknown]>,
): { type: string; error: string }[] {
  const path = join(import.meta.dirname, 'answers-of-the-sandbox.ts');
  const lines = answers.map(([type, value], i) => `export const answer${i}: ${type} = ${JSON.stringify(value)};`);
  const text = [imports, ...lines].join('\n');
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2024,
    strict: true,
    skipLibCheck: true,
    noEmit: true,
    types: ['node'],
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (name) => name === path || fileExists(name);
  host.getSourceFile = (name, ...rest) =>
    name === path ? ts.createSourceFile(name, text, ts.ScriptTarget.ES2024) : getSourceFile(name, ...rest);
  const program = ts.createProgram([path], options, host);
  return ts.getPreEmitDiagnostics(program, program.getSourceFile(path)).map(({ messageText, start = 0 }) => {
    const at = text.slice(0, start).split('\n').length - imports.split('\n').length - 1;
    return { type: answers[at]?.[0] ?? imports, error: ts.flattenDiagnosticMessageText(messageText, '\n') };
  });
}
