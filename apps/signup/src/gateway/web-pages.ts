import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { randomBytes } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { basename, extname, join } from 'node:path';
import sirv from 'sirv';
import type { Config } from '../config.js';
import { offerOf } from './offer.js';
import type { KeptWebFiles } from './kept-web-files.js';
import { isMistypedPage, isPage } from './page-routes.js';

/** Where `npm run build` puts the browser's application, seen from here both in src and in dist. */
const builtHere = join(import.meta.dirname, '../../../web/dist');

export const webDir = (config: Config): string => config.WEB_DIR ?? builtHere;

/**
 * The web application: its hashed files for ever, its one page for every address of `page-routes.ts`, and for a browser
 * that asks for a page where none is, which the page itself then says. It stands before the API, and lets everything else
 * through.
 */
export function webPages(config: Config, kept: () => KeptWebFiles): RequestHandler {
  const dir = webDir(config);
  const indexFile = join(dir, 'index.html');
  if (!existsSync(indexFile)) return notBuilt;
  const template = readFileSync(indexFile, 'utf8').replace('__OFFER__', jsonForMarkup(offerOf(config)));
  const captchaOrigin = config.CAPTCHA_SITE_KEY === undefined ? [] : [new URL(config.CAPTCHA_SCRIPT_URL).origin];
  // `dev: false` lists the files once: what is not there now never is, and no request reaches the disk by its name.
  const assets = sirv(join(dir, 'assets'), {
    brotli: true,
    gzip: true,
    immutable: true,
    maxAge: 31_536_000,
    etag: true,
  });
  return (request: Request, response: Response, next: NextFunction) => {
    if (request.method !== 'GET' && request.method !== 'HEAD') return next();
    if (request.path.startsWith('/assets/')) {
      nameRoute(request, '/assets/*');
      request.url = request.url.slice('/assets'.length);
      return assets(request, response, () => {
        request.url = `/assets${request.url}`;
        const name = basename(request.path);
        void kept()
          .find(name)
          .then((content) => {
            if (!content) return next();
            response.type(extname(name)).set('cache-control', 'public, max-age=31536000, immutable').send(content);
          });
      });
    }
    const known = isPage(request.path);
    if (!known && !isMistypedPage(request.path, request.headers.accept)) return next();
    nameRoute(request, '(page)');
    const nonce = randomBytes(16).toString('base64');
    response.set({ ...pageHeaders, 'content-security-policy': policy(nonce, captchaOrigin) });
    response
      .status(known ? 200 : 404)
      .type('html')
      .send(template.replaceAll('__NONCE__', nonce));
  };
}

/**
 * Scripts only from our own files (and the CAPTCHA's maker). Styles also by nonce: the component library writes its
 * colours into a style element. The nonce changes with every page, so the page itself is never kept by a cache.
 */
function policy(nonce: string, captchaOrigin: string[]): string {
  const self = ["'self'", ...captchaOrigin].join(' ');
  return [
    "default-src 'none'",
    `script-src ${self}`,
    `style-src 'self' 'nonce-${nonce}'`,
    "img-src 'self'",
    "font-src 'self'",
    `connect-src ${self}`,
    `frame-src ${captchaOrigin.join(' ') || "'none'"}`,
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ');
}

/** Besides what helmet sets for every answer (nosniff, HSTS, opener policy, no referrer). */
const pageHeaders = {
  'cache-control': 'no-store',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
};

/** Logs and metrics take the pattern from here: the path itself may hold ids. */
function nameRoute(request: Request, path: string): void {
  Object.assign(request, { route: { path } });
}

/** Data in a script element ends at the first `<` of a closing tag, wherever it stands. */
function jsonForMarkup(data: object): string {
  return JSON.stringify(data).replaceAll('<', '\\u003c');
}

const notBuilt: RequestHandler = (request, response, next) => {
  if (request.method !== 'GET' || !isPage(request.path)) return next();
  response
    .status(503)
    .type('text')
    .send('The web application is not built here: npm run build makes it. The API works.\n');
};
