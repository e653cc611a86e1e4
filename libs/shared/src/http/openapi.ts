import { Problem, problems } from '@latchkey/contracts';
import type { NestExpressApplication } from '@nestjs/platform-express';
import type { OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';

type Swagger = typeof import('@nestjs/swagger');
type Describe = (swagger: Swagger) => ClassDecorator | MethodDecorator;

const descriptions: ((swagger: Swagger) => void)[] = [];

/**
 * Says something about a controller or a route on the OpenAPI page: `@OpenApi(({ ApiConsumes }) => ApiConsumes('text/csv'))`.
 * @nestjs/swagger is a fifth of all modules a service would load at start, and the page is rarely asked for; so the
 * library is loaded, and the decorator applied, when it is.
 */
export function OpenApi(describe: Describe): ClassDecorator & MethodDecorator {
  return ((target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    descriptions.push((swagger) => {
      if (key === undefined) (describe(swagger) as ClassDecorator)(target as never);
      else (describe(swagger) as MethodDecorator)(target, key, descriptor!);
    });
  }) as ClassDecorator & MethodDecorator;
}

/**
 * What a route answers when all is well, in the contract's own words: the browser's client is generated from it.
 * It only describes; nothing is checked at run time.
 */
export function Responds(contract: z.ZodType, status = 200): MethodDecorator {
  return OpenApi(({ ApiResponse }) =>
    ApiResponse({
      status,
      description: '',
      schema: z.toJSONSchema(contract, { target: 'openapi-3.0', unrepresentable: 'any', io: 'output' }) as object,
    }),
  );
}

/** Every route may refuse or fail, and all do so in one shape: a program can be written against its `code`. */
function withProblems(page: OpenAPIObject): OpenAPIObject {
  const shape = Problem.extend({ code: z.enum(Object.keys(problems)) });
  page.components = { ...page.components };
  page.components.schemas = {
    ...page.components.schemas,
    Problem: z.toJSONSchema(shape, { target: 'openapi-3.0', io: 'output' }) as object,
  };
  const refusal = {
    description: 'A refusal or a failure (RFC 9457). A code keeps its meaning and its status; texts may be improved.',
    content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
  };
  for (const path of Object.values(page.paths))
    for (const method of methods) {
      const route = path[method];
      if (route) route.responses = { ...route.responses, default: refusal };
    }
  return page;
}

const methods = ['get', 'post', 'put', 'patch', 'delete'] as const;

/** The page of `/openapi.json`, made at the first call and then kept. A failed making is tried again by the next call. */
export function openApiOf(app: NestExpressApplication, service: string): () => Promise<object> {
  let made: Promise<object> | undefined;
  const make = async () => {
    const swagger = await import('@nestjs/swagger');
    for (const describe of descriptions.splice(0)) describe(swagger);
    const page = new swagger.DocumentBuilder().setTitle(`Latchkey ${service}`).setVersion('1').build();
    return withProblems(swagger.SwaggerModule.createDocument(app, page));
  };
  return () => (made ??= make().catch((error: unknown) => ((made = undefined), Promise.reject(error as Error))));
}
