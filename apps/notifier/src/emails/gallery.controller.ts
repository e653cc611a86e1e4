import { Controller, Get, Header, Inject } from '@nestjs/common';
import { CONFIG, type Config } from '../config.js';
import { lintSample } from '../deliverability/lint-sample.js';
import { brandOf, senderOf } from '../messages/brand.js';
import { escapeHtml } from './letter.js';
import type { Email } from './email.js';
import { emails } from './registry.js';

/** Every mail as it would look with this configuration, with its deliverability score: what an author opens while writing. */
@Controller('api/notifier/gallery')
export class GalleryController {
  constructor(@Inject(CONFIG) private readonly config: Config) {}

  @Get()
  @Header('content-type', 'text/html; charset=utf-8')
  @Header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-src 'self'")
  page(): string {
    const cards = emails.map((email) => this.card(email)).join('\n');
    return `<!DOCTYPE html>
<html lang="en"><head><meta charset="UTF-8"><title>Mails of ${escapeHtml(this.config.PRODUCT_NAME)}</title>
<style>body { font-family: system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
iframe { width: 100%; height: 40rem; border: 1px solid #ccc } pre { background: #f5f5f5; padding: 1rem; white-space: pre-wrap }</style>
</head><body><h1>Mails</h1>
${cards}
</body></html>`;
  }

  private card(email: Email): string {
    const brand = brandOf(this.config);
    const { subject, html, text } = email.renderSample(brand);
    const { score, findings } = lintSample(email, brand, senderOf(this.config));
    const found = findings.map(({ rule, evidence }) => `<li>${escapeHtml(`${rule}: ${evidence}`)}</li>`).join('');
    const on = email.on.map(({ type }) => type).join(', ');
    return `<section id="${escapeHtml(email.name)}"><h2>${escapeHtml(email.name)}: ${score} of 10</h2>
<p>To ${escapeHtml(email.to)}, on ${escapeHtml(on)}. Subject: <strong>${escapeHtml(subject)}</strong></p><ul>${found}</ul>
<iframe sandbox title="${escapeHtml(email.name)}" srcdoc="${escapeHtml(html)}"></iframe>
<details><summary>Plain text</summary><pre>${escapeHtml(text)}</pre></details></section>`;
  }
}
