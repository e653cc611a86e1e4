import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const prefix = 'sk_live_';
const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const randomCharacters = 32;
const checksumCharacters = 6;
const shape = new RegExp(`^${prefix}[0-9A-Za-z]{${randomCharacters + checksumCharacters}}$`);

function checksumOf(body: string): string {
  let rest = crc32(body);
  let text = '';
  while (text.length < checksumCharacters) {
    text = alphabet[rest % alphabet.length] + text;
    rest = Math.floor(rest / alphabet.length);
  }
  return text;
}

/**
 * A key as the customer sees it once: 190 random bits, so a plain SHA-256 of it may be stored (STACK 7), and a checksum
 * that lets secret scanners and this service tell a real key from a typo without asking anybody.
 */
export function newSecret(): string {
  const random = Array.from({ length: randomCharacters }, () => alphabet[randomInt(alphabet.length)]).join('');
  return `${prefix}${random}${checksumOf(prefix + random)}`;
}

/** What a list may show to recognise a key by: tells apart 14 million keys and opens nothing. */
export function displayPrefixOf(secret: string): string {
  return secret.slice(0, prefix.length + 4);
}

export function looksLikeKey(token: string): boolean {
  return token.startsWith(prefix);
}

/** False for anything that was never issued: refused before any query. */
export function isWellFormed(secret: string): boolean {
  return shape.test(secret) && checksumOf(secret.slice(0, -checksumCharacters)) === secret.slice(-checksumCharacters);
}
