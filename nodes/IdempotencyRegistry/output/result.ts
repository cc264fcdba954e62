import type { IDataObject } from 'n8n-workflow';

import type { Entry } from '../../../ledger/model/entry';
import type { OutputName } from './outputs';

/** How one item leaves the node: through which output, and with what. */
export type Departure = Answer | Refused;

/** What was asked for, as data that can stand on output 0 for a model too. */
export interface Answer {
	kind: 'answer';
	output: OutputName;
	/** One item each; a list may be empty, or long. */
	objects: IDataObject[];
	/** Whether the fields of the item that came in stay beside it, for the nodes that follow. */
	keepsInput: boolean;
	/** What a model has to be told beside it: a workflow knows it from the output. */
	advice?: { outcome: string; nextStep: string };
}

/** Why not, in words that a person and a model can go on from. */
export interface Refused {
	kind: 'refused';
	output: OutputName;
	/** Why, as one word that a workflow can branch on. */
	outcome: string;
	/** More precisely, where several causes have one outcome. */
	reason?: string;
	message: string;
	nextStep: string;
	/** Whether to run the same item again, later and unchanged, makes sense. */
	retryable: boolean;
	/** Further facts beside the words. */
	facts?: IDataObject;
	entry?: Entry;
	/** Further facts under `idempotency`. */
	idempotency?: IDataObject;
}

/** What was asked for was done: nothing of the item that came in is kept. */
export function done(...objects: IDataObject[]): Answer {
	return answered('done', ...objects);
}

/** An answer through an output of its own: nothing of the item that came in is kept. */
export function answered(output: OutputName, ...objects: IDataObject[]): Answer {
	return { kind: 'answer', output, objects, keepsInput: false };
}

/** The item goes on through an output of its own, with what it brought and what was found. */
export function goesOn(output: OutputName, found: IDataObject, advice?: Answer['advice']): Answer {
	return { kind: 'answer', output, objects: [found], keepsInput: true, advice };
}

/** It leaves through Refused, unless another output is named. */
export function refused(
	told: Omit<Refused, 'kind' | 'output' | 'retryable'> & Partial<Pick<Refused, 'output' | 'retryable'>>,
): Refused {
	return { kind: 'refused', output: 'refused', retryable: false, ...told };
}

/** A model that could say yes to itself would make every limit a suggestion. */
export function notForModels({ rule, waits }: { rule: string; waits: string }): Refused {
	return refused({
		outcome: 'refused',
		reason: 'not_for_models',
		message: `${rule}, never by a model`,
		nextStep: `Tell the user that it ${waits}, and do not try to decide it yourself.`,
	});
}
