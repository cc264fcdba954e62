import { ItemError } from '../run/error';

/** `$fromAI()`, n8n's way to let a model fill in a parameter, at any depth. */
const FROM_AI = /\$fromai/i;

/**
 * A tool's item contains whatever the model sends, even fields that it was not asked for (Agent v3). So in a tool, an expression
 * that reads the item is as good as filled in by the model, and so is one that reads other parameters.
 */
const BY_REFERENCE = /\$(?:json|input|binary|data|item|itemIndex|parameter|rawParameter)\b/;

/** Returns whether an expression lets the model fill in a parameter. */
export function isFilledByModel(written: unknown, isTool: boolean): boolean {
	const text = JSON.stringify(written ?? '');
	return FROM_AI.test(text) || (isTool && BY_REFERENCE.test(text));
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
			? 'A person must fill it in: remove $fromAI, $json, $input and $parameter from it.'
			: 'A person must fill it in: remove $fromAI from it.',
	);
}
