import { Box, Input } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { offer } from '../offer';

interface Turnstile {
  render(target: HTMLElement, options: object): string;
  remove(id: string): void;
}
declare global {
  interface Window {
    turnstile?: Turnstile;
  }
}

interface Props {
  /** Changes when the last token was used up: a token works once. */
  round: number;
  error: string | null;
  onToken: (token: string | null) => void;
}

/** Turnstile's widget; with the sandbox, its stand-in. Nothing at all where no CAPTCHA is configured. */
export function Captcha({ round, error, onToken }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [failed, setFailed] = useState(false);
  useEffect(() => {
    if (!offer.captcha || !box.current) return;
    const { site_key: sitekey, script_url: scriptUrl } = offer.captcha;
    const target = box.current;
    let widget: string | undefined;
    let left = false;
    script(scriptUrl).then(
      () => {
        if (left) return;
        widget = window.turnstile?.render(target, {
          sitekey,
          callback: onToken,
          'expired-callback': () => onToken(null),
          'error-callback': () => setFailed(true),
        });
      },
      () => setFailed(true),
    );
    return () => {
      left = true;
      if (widget !== undefined) window.turnstile?.remove(widget);
      onToken(null);
    };
  }, [round, onToken]);
  if (!offer.captcha) return null;
  return (
    <Box>
      {/* As high as the widget, so that nothing moves when it comes. */}
      <Box ref={box} mih={66} />
      {failed && (
        <Input.Error>
          The check that you are a person could not be loaded. Please allow it, or reload the page.
        </Input.Error>
      )}
      {error && <Input.Error>{error}</Input.Error>}
    </Box>
  );
}

let loading: Promise<void> | undefined;

function script(url: string): Promise<void> {
  return (loading ??= new Promise<void>((resolve, reject) => {
    const element = document.createElement('script');
    element.src = url;
    element.async = true;
    element.addEventListener('load', () => resolve());
    element.addEventListener('error', () => {
      loading = undefined;
      element.remove();
      reject(new Error('The CAPTCHA script could not be loaded.'));
    });
    document.head.append(element);
  }));
}
