import { lazy, type ComponentType } from 'react';

/** A page of its own file, loaded when somebody goes there: the signup page must be quick on a slow line. */
export function lazyPage<Name extends string>(load: () => Promise<Record<Name, ComponentType>>, name: Name) {
  return lazy(async () => ({ default: (await load())[name] }));
}
