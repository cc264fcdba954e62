import type { INodeProperties } from 'n8n-workflow';

import { namesWithoutMoney } from './movesNoMoney';
import { CLASS_FACTS, isWrite } from './oncePer';
import type { StripeOperation, StripeResource } from './operations/operation';

const ONLY_READS = 'Only reads: it changes nothing.';
const ONLY_A_PERSON = 'Only a person can do this: called by a model, it is always refused.';
const MOVES_MONEY = 'Can move money.';

/**
 * Describes what a model has to know about an operation before it calls it.
 *
 * @param name the resource and operation: `refund.create`
 */
function describeForModel(name: string, operation: StripeOperation): string {
	if (operation.kind === 'read' && operation.isLogin) return ONLY_A_PERSON;
	if (!isWrite(operation)) return ONLY_READS;
	if (operation.byPersonOnly === true) return ONLY_A_PERSON;
	const { forModel } = CLASS_FACTS[operation.class];
	return namesWithoutMoney.includes(name) ? forModel : `${MOVES_MONEY} ${forModel}`;
}

/** n8n evaluates this function's source with the node's parameters, so it must not refer to anything outside. */
const describeTool = (
	{ resource, operation }: { resource: string; operation: string },
	texts: readonly (readonly [text: string, names: string])[],
) => {
	const [text = ''] =
		texts.find(([, names]) => names.split(' ').includes(`${resource}.${operation}`)) ?? [];
	const inWords = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
	return `Stripe: ${inWords(operation)} (${inWords(resource)}). ${text}`;
};

/**
 * Builds the description of the node as a tool. n8n has no tool annotations (read-only, destructive, idempotent), and its default
 * is only the name of the operation (n8n-core 2.41, `create-node-as-tool.js`), so the text says it.
 */
export function buildToolDescription(resources: readonly StripeResource[]): INodeProperties {
	const described = resources.flatMap(({ value, operations }) =>
		operations.map((operation): [string, string] => {
			const name = `${value}.${operation.value}`;
			return [describeForModel(name, operation), name];
		}),
	);
	const texts = [...Map.groupBy(described, ([text]) => text)].map(([text, of]) => [
		text,
		of.map(([, name]) => name).join(' '),
	]);
	return {
		displayName: 'Tool Description',
		name: 'toolDescription',
		type: 'string',
		typeOptions: { rows: 2 },
		default: `={{ (${describeTool.toString()})($parameter, ${JSON.stringify(texts)}) }}`,
		description:
			'What the model is told about this tool. It says what the chosen operation does, and how often.',
		displayOptions: { show: { '@tool': [true] } },
	};
}
