/**
 * A table that is a plain object finds `constructor`, `__proto__` and `toString` too. Where any text may be the name, it is a
 * `Map`; where TypeScript knows the names, it may be an object.
 */
export default {
	meta: {
		type: 'problem',
		messages: { table: 'A name from outside finds what every object inherits: make it a Map.' },
	},
	create(context) {
		const services = context.sourceCode.parserServices;
		return {
			MemberExpression(node) {
				if (!node.computed || node.property.type === 'Literal') return;
				if (node.object.type !== 'Identifier' || !/^[A-Z][A-Z0-9_]*$/.test(node.object.name)) return;
				if (services.getTypeAtLocation(node.object).getStringIndexType() !== undefined)
					context.report({ node, messageId: 'table' });
			},
		};
	},
};
