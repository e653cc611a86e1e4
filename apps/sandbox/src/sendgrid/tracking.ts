/** What tracking adds to a mail: links that pass by the vendor, and a picture that tells of the opening. */
export interface TrackedMail {
  readonly html: string;
  readonly text: string;
  readonly links: readonly string[];
}

function unescapeHtml(text: string): string {
  return text
    .replace(/&amp;/g, '&')
    .replace(/&quot;/g, '"')
    .replace(/&#0?39;/g, "'");
}

/**
 * Rewrites links and adds the pixel, each only when the sender's tracking settings ask for it. A mail's links are kept
 * by number, so the address that counts a click can only lead where that mail led.
 */
export function track(
  mail: { readonly id: string; readonly html: string; readonly text: string },
  settings: { readonly clicks: boolean; readonly clicksInText: boolean; readonly opens: boolean },
  vendorUrl: string,
): TrackedMail {
  const links: string[] = [];
  const counted = (target: string): string => {
    const known = links.indexOf(target);
    const at = known >= 0 ? known : links.push(target) - 1;
    return `${vendorUrl}/ls/click?mail=${mail.id}&link=${at}`;
  };
  let { html, text } = mail;
  if (settings.clicks) {
    html = html.replace(
      /(<a\b[^>]*?\bhref\s*=\s*)(["'])(https?:\/\/[^"']+)\2/gi,
      (_all, before: string, quote: string, target: string) =>
        `${before}${quote}${counted(unescapeHtml(target)).replace('&', '&amp;')}${quote}`,
    );
    if (settings.clicksInText) text = text.replace(/https?:\/\/[^\s<>"')\]]+/g, (target) => counted(target));
  }
  if (settings.opens && html !== '') {
    const pixel = `<img src="${vendorUrl}/wf/open?mail=${mail.id}" alt="" width="1" height="1" border="0">`;
    html = /<\/body>/i.test(html) ? html.replace(/<\/body>/i, `${pixel}</body>`) : html + pixel;
  }
  return { html, text, links };
}

/** A transparent GIF of one dot. */
export const pixelGif = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
