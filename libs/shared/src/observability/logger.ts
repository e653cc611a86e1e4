import { Injectable, type LoggerService } from '@nestjs/common';
import pino from 'pino';
import { currentScope } from './scope.js';

/** Fields that must never reach a log, wherever they stand in an object (ASVS 16.2.5). */
const secrets = new Set([
  'password',
  'authorization',
  'cookie',
  'token',
  'access_token',
  'refresh_token',
  'secret',
  'api_key',
  'verification_code',
  'email',
  'company_name',
]);
/** Deeper than this nobody logs; a whole object of somebody else's would be. */
const depthMax = 3;

/** One JSON line per fact, with the ids of the current scope. Personal data and secrets are cut out by name. */
@Injectable()
export class Log implements LoggerService {
  private readonly pino: pino.Logger;

  constructor(service: string, level: string, destination?: pino.DestinationStream) {
    const options: pino.LoggerOptions = {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      // Anything can be thrown, and then be logged as an error.
      serializers: {
        err: (thrown: unknown) =>
          thrown instanceof Object ? cut(pino.stdSerializers.err(thrown as Error), 2) : thrown,
      },
      mixin: () => {
        const scope = currentScope();
        return scope
          ? { request_id: scope.correlationId, trace: scope.traceparent.slice(3, 35), tenant_id: scope.tenantId }
          : {};
      },
      formatters: { level: (label) => ({ level: label }), log: (fields) => cut(fields, 1) },
    };
    this.pino = destination ? pino(options, destination) : pino(options);
  }

  info(message: string, fields: object = {}): void {
    this.pino.info(fields, message);
  }
  warn(message: string, fields: object | string = {}): void {
    this.pino.warn(asFields(fields), message);
  }
  error(message: unknown, fields: object | string = {}): void {
    if (message instanceof Error) this.pino.error({ err: message, ...asFields(fields) }, message.message);
    else this.pino.error(asFields(fields), String(message));
  }
  debug(message: string, fields: object | string = {}): void {
    this.pino.debug(asFields(fields), message);
  }
  /** Nest's own chatter about routes and modules is of interest only when something is wrong with them. */
  log(message: unknown, context?: unknown): void {
    this.pino.debug({ context }, String(message));
  }
  verbose(message: unknown, context?: unknown): void {
    this.pino.trace({ context }, String(message));
  }
  fatal(message: unknown): void {
    this.pino.fatal(message instanceof Error ? { err: message } : {}, String(message));
  }
}

function asFields(fields: object | string): object {
  return typeof fields === 'string' ? { context: fields } : fields;
}

/**
 * Without secrets, the very object; else a copy without them. pino's own redaction copies and searches for every name in
 * every line, which was four fifths of what a line costs (measured).
 */
function cut<T extends object>(fields: T, depth: number): T {
  let copy: Record<string, unknown> | undefined;
  for (const [name, value] of Object.entries(fields) as [string, unknown][]) {
    const shown = secrets.has(name) ? '[cut]' : isSearched(name, value, depth) ? cut(value, depth + 1) : value;
    if (shown === value) continue;
    copy ??= (Array.isArray(fields) ? [...(fields as unknown[])] : { ...fields }) as Record<string, unknown>;
    copy[name] = shown;
  }
  return (copy as T | undefined) ?? fields;
}

/** An error is cut when it has been made an object. */
function isSearched(name: string, value: unknown, depth: number): value is object {
  return depth < depthMax && typeof value === 'object' && value !== null && !(depth === 1 && name === 'err');
}
