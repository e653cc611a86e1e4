import type { Addressee } from '../emails/email.js';
import { rules, type RuleName } from './rules.js';

/** A mail as it would leave the house, with what a rule must know about its surroundings. */
export interface LintedEmail {
  from: { email: string; name?: string };
  replyTo?: string;
  subject: string;
  html: string;
  text: string;
  /** Whom it addresses; `ops` mails may be terse, and only `customer` mails name a company. */
  audience: Addressee['to'];
  company?: string;
  /** Words that are names, not shouting or selling: product, company. */
  names: string[];
  /** Links to this very machine are fine while developing, and nowhere else. */
  allowLoopbackLinks: boolean;
}

export interface Finding {
  rule: RuleName;
  /** What was found, so that the author sees it without searching. */
  evidence: string;
  weight: number;
}

export interface LintReport {
  findings: Finding[];
  /** 10 minus the weight of each broken rule, at least 0; S8's mail-tester wants 9 of 10. */
  score: number;
  passed: boolean;
}

/** The least a mail must reach (F5: "Target: 9/10 or higher"). */
export const scoreMin = 9;

/** Checks a mail by F5's list. A rule counts once in the score however often it is broken, and lists all that it found. */
export function lintEmail(email: LintedEmail): LintReport {
  const findings = rules.flatMap(({ name, weight, check }) =>
    check(email).map((evidence) => ({ rule: name, evidence, weight })),
  );
  const broken = new Map(findings.map(({ rule, weight }) => [rule, weight]));
  const lost = [...broken.values()].reduce((sum, weight) => sum + weight, 0);
  const score = Math.max(0, 10 - lost);
  return { findings, score, passed: score >= scoreMin };
}
