import { ItemError } from '../run/error';
import { isExpression } from './expression';

/** `$fromAI()`, n8n's way to let a model fill in a parameter, at any depth. */
const FROM_AI = /\$fromai/i;

/**
 * What an expression of a tool may read: other nodes by name, and what belongs to n8n. A tool's item contains whatever the model
 * sends, even fields that it was not asked for (Agent v3), and n8n has many names for it: `$json`, `$input`, `$items()`,
 * `$thisItem`, `$tool`. An expression with any other name is as good as filled in by the model.
 */
const NOT_BY_MODEL = new Set([
	'env',
	'execution',
	'if',
	'ifEmpty',
	'jmesPath',
	'jmespath',
	'max',
	'min',
	'mode',
	'node',
	'nodeId',
	'nodeVersion',
	'not',
	'now',
	'secrets',
	'today',
	'vars',
	'webhookId',
	'workflow',
]);

const VARIABLES = /\$(\w+)/g;

/** Returns whether an expression lets the model fill in a parameter. */
export function isFilledByModel(written: unknown, isTool: boolean): boolean {
	return FROM_AI.test(JSON.stringify(written ?? '')) || (isTool && readsItem(written));
}

/** At any depth, because n8n evaluates expressions at any depth. */
function readsItem(written: unknown): boolean {
	if (typeof written === 'object' && written !== null) return Object.values(written).some(readsItem);
	return isExpression(written) && listVariables(written).some((name) => !NOT_BY_MODEL.has(name));
}

function listVariables(expression: string): string[] {
	return [...expression.matchAll(VARIABLES)].map(([, name = '']) => name);
}

/**
 * Only people may set what decides about money, or where it is stored.
 *
 * @throws ItemError with the label of the parameter
 */
export function refuseFilledByModel(label: string, written: unknown, isTool: boolean, why = ''): void {
	if (!isFilledByModel(written, isTool)) return;
	throw new ItemError(
		label,
		`is filled in by the model${why}`,
		isTool
			? 'A person must fill it in: remove $fromAI, $json, and everything else that reads the item, from it.'
			: 'A person must fill it in: remove $fromAI from it.',
	);
}
