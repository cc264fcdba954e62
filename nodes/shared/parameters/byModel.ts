import { ItemError } from '../run/error';

/** What gives a model's own words: n8n's way to let it fill something in, at whatever depth it stands. */
const FROM_AI = /\$fromai/i;

/**
 * The item that a tool gets is made of what the model says, also of fields that nobody has asked it for (Agent v3): as a tool
 * an expression over the item is as good as filled in by the model. So is one over other parameters, which the model may fill in.
 */
const BY_REFERENCE = /\$(?:json|input|binary|data|item|itemIndex|parameter|rawParameter)\b/;

/** Whether what a person has written into a parameter leaves it to the model to fill it in. */
export function isFilledByModel(written: unknown, isTool: boolean): boolean {
	const text = JSON.stringify(written ?? '');
	return FROM_AI.test(text) || (isTool && BY_REFERENCE.test(text));
}

/** What decides about money, or where it is remembered, is a person's to fill in. @throws ItemError by the parameter's label */
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
