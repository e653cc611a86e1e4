import { Injectable, type LoggerService } from '@nestjs/common';
import pino from 'pino';
import { currentScope } from './scope.js';

/** Fields that must never reach a log, wherever they stand in an object (ASVS 16.2.5). */
const secrets = [
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
];

/** One JSON line per fact, with the ids of the current scope. Personal data and secrets are cut out by name. */
@Injectable()
export class Log implements LoggerService {
  private readonly pino: pino.Logger;

  constructor(service: string, level: string, destination?: pino.DestinationStream) {
    const options: pino.LoggerOptions = {
      level,
      base: { service },
      timestamp: pino.stdTimeFunctions.isoTime,
      redact: { paths: secrets.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: '[cut]' },
      mixin: () => {
        const scope = currentScope();
        return scope
          ? { request_id: scope.correlationId, trace: scope.traceparent.slice(3, 35), tenant_id: scope.tenantId }
          : {};
      },
      formatters: { level: (label) => ({ level: label }) },
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
