/** `process.env` is read in config.ts and main.ts only, so that one page per service says what it needs (DESIGN section 2). */
export default {
  meta: { type: 'problem', messages: { env: 'Read the environment in config.ts only, and pass the value on.' } },
  create(context) {
    if (/(^|\/)(config|main)\.ts$/.test(context.filename.replaceAll('\\', '/'))) return {};
    return {
      MemberExpression(node) {
        if (node.object.type === 'Identifier' && node.object.name === 'process' && node.property.name === 'env')
          context.report({ node, messageId: 'env' });
      },
    };
  },
};
