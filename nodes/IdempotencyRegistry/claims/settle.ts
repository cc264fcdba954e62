import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { Entry, Outcome } from '../../../ledger/model/entry';
import { getProvenOutcome } from '../../../ledger/model/entryStatus';
import type { ClaimHandle } from '../../../ledger/rules/settleByHandle';
import { decodeHandle } from '../../../ledger/rules/settleByHandle';
import { markDescribing } from '../../shared/parameters/describing';
import type { RegistryResult } from '../output/result';
import { answerDone, refuse } from '../output/result';
import { describeEntry } from '../output/describeEntry';
import { buildIdempotencyField } from '../../shared/run/idempotencyField';
import type { RegistryItem } from '../item';
import { DAY_MS, retention } from '../options';
import { encodeStoredAnswer } from './storedAnswer';
import { CLAIMS_ACCOUNT } from './claim';
import type { RegistryOperation } from '../operation';

const claimParameter: INodeProperties = {
	displayName: 'Claim',
	name: 'claim',
	type: 'string',
	default: '',
	required: true,
	placeholder: "e.g. {{ $('Claim').item.json.idempotency.claim }}",
	description: 'What Claim has given with the item, under idempotency',
};

const settleOutputs = ['done', 'refused'] as const;

export const completeOperation: RegistryOperation = {
	value: 'complete',
	name: 'Complete',
	action: 'Complete a claim',
	description: 'Say that it was done, and keep the answer for whoever comes with the same key',
	outputs: settleOutputs,
	properties: [
		claimParameter,
		markDescribing({
			displayName: 'Answer (JSON)',
			name: 'answer',
			type: 'json',
			default: '={{ $json }}',
			description:
				'What the other API answered. It is kept without secrets, and Already Done gives it back.',
		}),
	],
	options: [retention],
	execute: (item) =>
		settleByClaim(item, { kind: 'succeeded', body: encodeStoredAnswer(item.read.anyJson('answer')) }),
};

export const rejectOperation: RegistryOperation = {
	value: 'reject',
	name: 'Reject',
	action: 'Reject a claim',
	description: 'Say that the other API has refused it for good, and nothing was done',
	outputs: settleOutputs,
	properties: [
		claimParameter,
		markDescribing({
			displayName: 'Message',
			name: 'message',
			type: 'string',
			default: '',
			placeholder: 'e.g. {{ $json.error.message }}',
			description: 'Why, for people who read the ledger',
		}),
		markDescribing({
			displayName: 'Status Code',
			name: 'statusCode',
			type: 'string',
			default: '',
			placeholder: 'e.g. 422',
			description: 'The status that the other API answered with',
		}),
	],
	options: [retention],
	execute: (item) =>
		settleByClaim(item, {
			kind: 'rejected',
			message: item.read.optionalProse('message') ?? 'Rejected',
			...readStatusCode(item),
		}),
};

export const releaseOperation: RegistryOperation = {
	value: 'release',
	name: 'Release',
	action: 'Release a claim',
	description: 'Say that surely nothing was done, so that it may be done later',
	outputs: settleOutputs,
	properties: [claimParameter],
	options: [retention],
	execute: (item) => settleByClaim(item, { kind: 'unreachable', message: 'Released before it was done' }),
};

/** What each operation is in the past tense, and the state that it leaves behind. */
const DONE: Partial<Record<Outcome['kind'], { word: string; state: Entry['state'] }>> = {
	succeeded: { word: 'completed', state: 'succeeded' },
	rejected: { word: 'rejected', state: 'rejected' },
	unreachable: { word: 'released', state: 'released' },
};

async function settleByClaim(item: RegistryItem, outcome: Outcome): Promise<RegistryResult> {
	const handle = decodeHandle(item.read.text('claim'));
	if (!handle) {
		throw item.read.buildError(
			'claim',
			'is no claim of this node',
			"Pass on what Claim has given, letter by letter, e.g. {{ $('Claim').item.json.idempotency.claim }}.",
		);
	}
	const ledger = await item.openLedger(item.run.hostClock);
	const retentionMs = item.read.optionNumber('retentionDays') * DAY_MS;
	const result = await ledger.settleByHandle(
		handle,
		{ outcomes: [outcome], sends: 1 },
		retentionMs,
		CLAIMS_ACCOUNT,
	);
	const { word = '', state } = DONE[outcome.kind] ?? {};
	switch (result.kind) {
		case 'not_found':
			return refuse({
				outcome: 'not_found',
				message: 'The ledger knows no such claim',
				nextStep:
					'Check that Ledger is the one that the claim was made in. A claim that was completed long ago may have been forgotten.',
				idempotency: { entryId: handle.entryId },
			});
		case 'late':
			return refuseLate(result.entry, handle, word);
		case 'already_settled':
		case 'settled': {
			const { entry } = result;
			const isFirst = result.kind === 'settled';
			return answerDone({
				outcome: isFirst ? word : `already_${word}`,
				nextStep: `${getNextStepAfterSettle(entry, state, isFirst)}${ledger.isPublic ? (KEPT_IN_PUBLIC[outcome.kind] ?? '') : ''}`,
				idempotency: buildIdempotencyField(entry, { replayed: !isFirst }),
			} satisfies IDataObject);
		}
	}
}

/** What others can read holds no whole answers. */
const KEPT_IN_PUBLIC: Partial<Record<Outcome['kind'], string>> = {
	succeeded:
		' Workflow Static Data keeps only id, object, status, amount, currency and created of the answer: choose another Ledger to get all of it back.',
};

function getNextStepAfterSettle(
	entry: Entry,
	expected: Entry['state'] | undefined,
	isFirst: boolean,
): string {
	if (entry.state === expected) {
		return isFirst ? 'Nothing is left to do.' : 'This was said before. Nothing is left to do.';
	}
	// An earlier claim on the same key may have done it: to say "nothing was done" of the later one does not settle that.
	return entry.state === 'unknown'
		? 'An earlier claim on this may have done it, so it stays unknown. Find out, then complete or reject it.'
		: `It turned out to be ${entry.state} all the same: that was told under the same key meanwhile.`;
}

function refuseLate(entry: Entry, { fence }: ClaimHandle, word: string): RegistryResult {
	const isTakenOver = entry.fence > fence;
	return refuse({
		outcome: 'late',
		reason: isTakenOver ? 'taken_over' : 'settled_otherwise',
		message: isTakenOver
			? `The claim on this (${describeEntry(entry)}) was over, and another run has taken it over, so nothing was changed`
			: `This (${describeEntry(entry)}) is ${entry.state} already, so it was not ${word}`,
		nextStep: getProvenOutcome(entry)
			? 'It was done: that is kept beside the entry, and whoever comes with the same key is told so.'
			: 'What was said is kept beside the entry. Look at the entry to see what became of it.',
		entry,
	});
}

function readStatusCode(item: RegistryItem): { statusCode?: number } {
	const given = item.read.optionalText('statusCode');
	if (given === undefined) return {};
	if (/^\d{3}$/.test(given)) return { statusCode: Number(given) };
	throw item.read.buildError(
		'statusCode',
		`is "${given}"`,
		'Give a status of HTTP, e.g. 422, or leave it empty.',
	);
}
