/** Doors commit, application code does not (DESIGN rule 3): no flush, commit, transactional or begin outside libs/shared. */
const verbs = new Set(['flush', 'persistAndFlush', 'commit', 'transactional', 'begin']);
export default {
  meta: {
    type: 'problem',
    messages: { commit: '`{{verb}}` belongs to the door (libs/shared/persistence), not to application code.' },
  },
  create(context) {
    if (/libs\/(shared|testing)\//.test(context.filename.replaceAll('\\', '/'))) return {};
    return {
      CallExpression(node) {
        const { callee } = node;
        if (callee.type !== 'MemberExpression' || !verbs.has(callee.property.name)) return;
        if (callee.object.type === 'Identifier' && /^(em|entityManager|orm|tx)$/.test(callee.object.name))
          context.report({ node, messageId: 'commit', data: { verb: callee.property.name } });
      },
    };
  },
};
