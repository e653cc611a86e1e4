import { Alert, Anchor, Badge, createTheme, type CSSVariablesResolver } from '@mantine/core';

/** Shades with a contrast of at least 4.5 to 1 in light and dark (WCAG AA); the library's own defaults are lighter. */
export const theme = createTheme({
  primaryColor: 'indigo',
  primaryShade: { light: 9, dark: 8 },
  defaultRadius: 'md',
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, sans-serif',
  headings: { fontWeight: '650', textWrap: 'balance' },
  cursorType: 'pointer',
  respectReducedMotion: true,
  // Colour alone does not tell a link from the words around it.
  components: {
    // A state that ends in dots says nothing.
    Badge: Badge.extend({ styles: { root: { minWidth: 'max-content' } } }),
    // The library's cross has no name. As plain data: the dialogs' code is not for the first page.
    Modal: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
    Anchor: Anchor.extend({ defaultProps: { underline: 'always' } }),
    // In its own colour a title has too little contrast, green most of all; the border carries the colour.
    Alert: Alert.extend({ styles: { title: { color: 'var(--mantine-color-text)' } } }),
  },
});

export const cssVariables: CSSVariablesResolver = () => ({
  variables: {},
  light: {
    '--mantine-color-dimmed': 'var(--mantine-color-gray-7)',
    '--mantine-color-placeholder': 'var(--mantine-color-gray-7)',
    '--mantine-color-error': 'var(--mantine-color-red-9)',
  },
  dark: {
    '--mantine-color-dimmed': 'var(--mantine-color-dark-0)',
    '--mantine-color-placeholder': 'var(--mantine-color-dark-1)',
    '--mantine-color-error': 'var(--mantine-color-red-4)',
  },
});
