import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { withoutSecrets, wordsWithoutSecrets } from '../../../stripe/api/redact';
import type { Answer, Departure, Refused } from './result';
import { idempotencyField } from '../../shared/run/idempotencyField';
import { retryBefore } from '../../shared/run/retryBefore';

interface Leaving {
	index: number;
	input: INodeExecutionData;
	asTool: boolean;
}

/** What an item looks like when it has left; an answer with several objects becomes several items. */
export function itemsOf(departure: Departure, item: Leaving): INodeExecutionData[] {
	return departure.kind === 'answer' ? answerItems(departure, item) : [refusedItem(departure, item)];
}

function answerItems(
	{ objects, keepsInput, advice }: Answer,
	{ index, input, asTool }: Leaving,
): INodeExecutionData[] {
	const pairedItem = { item: index };
	if (asTool && objects.length === 0) return [{ json: NOTHING_FOUND, pairedItem }];
	// A model knows what it has asked; what it gets must not be hidden among that.
	const kept = keepsInput && !asTool ? input.json : {};
	const binary = keepsInput && input.binary ? { binary: input.binary } : {};
	return objects.map((object) => ({
		json: { ...kept, ...(asTool ? advice : {}), ...shown(object) },
		...binary,
		pairedItem,
	}));
}

/** Whatever stands in the ledger, nothing secret leaves it, but for the token: that is handed out. */
function shown({ token, ...object }: IDataObject): IDataObject {
	return { ...withoutSecrets(object), ...(token === undefined ? {} : { token }) };
}

/** To a model an empty answer looks like a call that went wrong. */
const NOTHING_FOUND: IDataObject = { outcome: 'done', found: 0, nextStep: 'Nothing was found.' };

function refusedItem(departure: Refused, { index, input, asTool }: Leaving): INodeExecutionData {
	const { outcome, reason = outcome, message, nextStep, retryable, facts, entry } = departure;
	const pairedItem = { item: index };
	const words: IDataObject = {
		// People paste keys into the wrong field, and what they gave is quoted.
		message: wordsWithoutSecrets(`[Item ${index}] ${message}`),
		nextStep: wordsWithoutSecrets(nextStep),
		...{ outcome, reason, retryable },
		...withoutSecrets(facts),
	};
	const idempotency = idempotencyField(entry, departure.idempotency);
	const until = departure.output === 'serverError' ? retryBefore(entry) : {};
	// Not under `error`: n8n would take that for a reason to run the tool again by itself.
	if (asTool) return { json: { ...words, ...until, idempotency }, pairedItem };
	const { json, binary } = input;
	return {
		json: { error: words, input: json, idempotency, ...until },
		...(binary ? { binary } : {}),
		pairedItem,
	};
}
