import { getDocumentProxy } from 'unpdf';
import { readingLimits, Unreadable } from './limits.ts';

/**
 * The text of a PDF, pages apart by blank lines. Scripts inside are never run, fonts and images are not fetched.
 * The time it takes is bounded from outside: some hostile files keep pdf.js busy for ever (VENDORS 9).
 */
export async function readPdf(bytes: Uint8Array): Promise<string> {
  let pdf: Awaited<ReturnType<typeof getDocumentProxy>>;
  try {
    // A copy: pdf.js insists on a plain Uint8Array, and on owning its memory.
    pdf = await getDocumentProxy(new Uint8Array(bytes), { useSystemFonts: false, disableFontFace: true, verbosity: 0 });
  } catch (error) {
    throw new Unreadable(
      error instanceof Error && error.name === 'PasswordException' ? 'document_encrypted' : 'document_unreadable',
    );
  }
  if (pdf.numPages > readingLimits.pagesMax) throw new Unreadable('document_too_complex');
  const pages: string[] = [];
  let characters = 0;
  for (let number = 1; number <= pdf.numPages; number++) {
    const page = await pdf.getPage(number);
    const { items } = await page.getTextContent();
    const text = items.map((item) => ('str' in item ? item.str + (item.hasEOL ? '\n' : '') : '')).join('');
    characters += text.length;
    if (characters > readingLimits.charactersMax) throw new Unreadable('document_too_complex');
    pages.push(text);
    page.cleanup();
  }
  return pages.join('\n\n');
}
