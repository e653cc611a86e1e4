import { generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto';
import { mkdir, open, readFile, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LocalProblem } from '@latchkey/local';

/** The keys of one local system. Made on the first start, kept in a file only its owner may read, gone with `npm run reset`. */
export interface Secrets {
  operatorToken: string;
  /** Of the console's first account, operator@latchkey.example. */
  consolePassword: string;
  /** Ed25519 private JWK with a `kid`, as JSON: signs the session tokens. */
  jwtPrivateJwk: string;
  verificationSecret: string;
  stripeSecretKey: string;
  stripeWebhookSecret: string;
  pineconeApiKey: string;
  openaiApiKey: string;
  sendgridApiKey: string;
  /** ECDSA P-256: the public half as SendGrid shows it (base64 DER), the private one as base64 of its PEM. */
  sendgridWebhookPublicKey: string;
  sendgridWebhookPrivateKey: string;
  captchaSecret: string;
  /** Under which the notifier remembers addresses it must not write to, without keeping the addresses. */
  suppressionSecret: string;
}

/** Reads the secrets of this data directory, or makes them. */
export async function loadSecrets(file: string): Promise<Secrets> {
  const known = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw new LocalProblem(`The secrets in ${file} cannot be read: ${error.message}.`);
  });
  const fresh = makeSecrets();
  if (known === undefined) {
    await save(file, fresh);
    return fresh;
  }
  let stored: Partial<Secrets>;
  try {
    stored = JSON.parse(known) as Partial<Secrets>;
  } catch {
    throw new LocalProblem(`${file} is not JSON any more; npm run reset starts anew (and removes all local data).`);
  }
  // A newer version may know more secrets than the file: those are added, the others stay as they are.
  const complete = { ...fresh, ...stored };
  if (Object.keys(stored).length < Object.keys(fresh).length) await save(file, complete);
  return complete;
}

function makeSecrets(): Secrets {
  const token = (bytes = 24) => randomBytes(bytes).toString('base64url');
  const signing = generateKeyPairSync('ed25519').privateKey.export({ format: 'jwk' });
  const webhook = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return {
    operatorToken: `op_${token()}`,
    consolePassword: token(12),
    jwtPrivateJwk: JSON.stringify({ ...signing, kid: randomUUID(), alg: 'EdDSA', use: 'sig' }),
    verificationSecret: token(32),
    stripeSecretKey: `sk_test_${randomBytes(18).toString('hex')}`,
    stripeWebhookSecret: `whsec_${randomBytes(24).toString('hex')}`,
    pineconeApiKey: `pcsk_sandbox_${randomBytes(16).toString('hex')}`,
    openaiApiKey: `sk-sandbox-${randomBytes(16).toString('hex')}`,
    sendgridApiKey: `SG.sandbox.${token()}`,
    sendgridWebhookPublicKey: webhook.publicKey.export({ format: 'der', type: 'spki' }).toString('base64'),
    sendgridWebhookPrivateKey: Buffer.from(webhook.privateKey.export({ format: 'pem', type: 'pkcs8' })).toString(
      'base64',
    ),
    captchaSecret: `captcha_${token()}`,
    suppressionSecret: token(32),
  };
}

async function save(file: string, secrets: Secrets): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  const half = `${file}.new`;
  const handle = await open(half, 'w', 0o600);
  await handle.writeFile(`${JSON.stringify(secrets, null, 2)}\n`);
  await handle.sync();
  await handle.close();
  await rename(half, file);
}
