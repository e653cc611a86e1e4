/** Time comes from shared/time (DESIGN rule 9): a trial of 14 days is tested in milliseconds only if nobody asks the machine. */
export default {
  meta: { type: 'problem', messages: { now: 'Take the time from the Clock (shared/time), not from the machine.' } },
  create(context) {
    if (/shared\/src\/time\//.test(context.filename.replaceAll('\\', '/'))) return {};
    return {
      CallExpression(node) {
        const { callee } = node;
        if (callee.type === 'MemberExpression' && callee.object.name === 'Date' && callee.property.name === 'now')
          context.report({ node, messageId: 'now' });
      },
      NewExpression(node) {
        if (node.callee.name === 'Date' && node.arguments.length === 0) context.report({ node, messageId: 'now' });
      },
    };
  },
};
