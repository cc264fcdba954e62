import { Refusal } from '../run/error';

/** What gives a model's own words: n8n's way to let it fill something in, at whatever depth it stands. */
const FILLED_IN = /\$fromai/i;

/**
 * The item that a tool gets is made of what the model says, also of fields that nobody has asked it for (Agent v3): as a tool
 * an expression over the item is as good as filled in by the model.
 */
const OVER_THE_ITEM = /\$(?:json|input|binary|data|item|itemIndex)\b/;

/** Whether what a person has written into a parameter leaves it to the model to fill it in. */
export function isByModel(written: unknown, asTool: boolean): boolean {
	const text = JSON.stringify(written ?? '');
	return FILLED_IN.test(text) || (asTool && OVER_THE_ITEM.test(text));
}

/** What decides about money, or where it is remembered, is a person's to fill in. @throws Refusal by the parameter's label */
export function refuseByModel(label: string, written: unknown, asTool: boolean, why = ''): void {
	if (!isByModel(written, asTool)) return;
	throw new Refusal(
		label,
		`is filled in by the model${why}`,
		asTool
			? 'A person has to fill it in: take $fromAI, $json and $input out of it.'
			: 'A person has to fill it in: remove $fromAI from it.',
	);
}
