'use strict';
// Sources import './x.js' (NodeNext); under Jest there is only './x.ts'.
module.exports = (request, options) => {
  if (/^\.{1,2}\/.*\.js$/.test(request) && !options.basedir.includes('node_modules')) {
    try {
      return options.defaultResolver(request.replace(/\.js$/, '.ts'), options);
    } catch {
      // A real .js file beside the TypeScript ones: fall through to the default.
    }
  }
  return options.defaultResolver(request, options);
};
