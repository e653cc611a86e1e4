import { describe, expect, test } from '@jest/globals';
import { readRefreshToken, refreshTokenOf } from './refresh-tokens.js';
import { reuseGraceMs, Session } from './session.entity.js';

const secret = 'a secret of at least thirty-two characters';
const start = new Date('2026-11-23T03:00:00Z');
const after = (ms: number) => new Date(start.getTime() + ms);

function session(): Session {
  const made = Object.create(Session.prototype) as Session;
  return Object.assign(made, { generation: 0, rotatedAt: start, expiresAt: after(86_400_000), endedAt: null });
}

describe('a family of refresh tokens', () => {
  test('moves on with each use', () => {
    const family = session();
    expect(family.rotate(0, after(1_000))).toBe('rotated');
    expect(family.rotate(1, after(2_000))).toBe('rotated');
    expect(family.generation).toBe(2);
  });

  test('forgives the last token once more while its answer may be lost', () => {
    const family = session();
    family.rotate(0, after(0));
    expect(family.rotate(0, after(reuseGraceMs))).toBe('again');
    expect(family.generation).toBe(1);
  });

  test('ends when a used token comes back later, for the thief and the robbed alike', () => {
    const family = session();
    family.rotate(0, after(0));
    expect(family.rotate(0, after(reuseGraceMs + 1))).toBe('reused');
    expect(family.rotate(1, after(reuseGraceMs + 2))).toBe('ended');
  });

  test('never forgives a token older than the last', () => {
    const family = session();
    family.rotate(0, after(0));
    family.rotate(1, after(10));
    expect(family.rotate(0, after(20))).toBe('reused');
  });

  test('does not outlive its expiry', () => {
    expect(session().rotate(0, after(86_400_000))).toBe('ended');
  });
});

describe('a refresh token', () => {
  test('is read back only when we made it', () => {
    const token = refreshTokenOf('ses_1', 3, secret);
    expect(readRefreshToken(token, secret)).toEqual({ sessionId: 'ses_1', generation: 3 });
    expect(readRefreshToken(token.replace('.3.', '.4.'), secret)).toBeNull();
    expect(readRefreshToken(token, `${secret}!`)).toBeNull();
    for (const junk of ['', '.', 'a.b.c', 'ses_1.-1.x', 'ses_1.1e3.x', `${token}.x`])
      expect(readRefreshToken(junk, secret)).toBeNull();
  });
});
