import type { IDataObject, INodeProperties } from 'n8n-workflow';

import type { Ledger } from '../../../ledger/ledger';
import type { Entry, Outcome } from '../../../ledger/model/entry';
import { getProvenOutcome } from '../../../ledger/model/entryStatus';
import type { SendReport } from '../../../ledger/rules/settle';
import type { ClaimHandle } from '../../../ledger/rules/settleByHandle';
import { decodeHandle } from '../../../ledger/rules/settleByHandle';
import { markDescribing } from '../../shared/parameters/describing';
import type { RegistryResult } from '../output/result';
import { answerDone, refuse, describeEntry } from '../output/result';
import { buildIdempotencyField } from '../../shared/run/idempotencyField';
import type { RegistryItem } from '../item';
import { retention } from '../options';
import { encodeStoredAnswer } from './storedAnswer';
import { CLAIMS_ACCOUNT } from './claim';
import type { RegistryOperation } from '../operation';
import { DAY_MS } from '../../../ledger/clock';

const claimParameter: INodeProperties = {
	displayName: 'Claim',
	name: 'claim',
	type: 'string',
	default: '',
	required: true,
	placeholder: "e.g. {{ $('Claim').item.json.idempotency.claim }}",
	description: 'The claim that Claim returned with the item, under idempotency',
};

const settleOutputs = ['done', 'refused'] as const;

export const completeOperation: RegistryOperation = {
	value: 'complete',
	name: 'Complete',
	action: 'Complete a claim',
	description: 'Mark the claim as completed and store the response for later runs with the same key',
	outputs: settleOutputs,
	properties: [
		claimParameter,
		markDescribing({
			displayName: 'Response (JSON)',
			name: 'answer',
			type: 'json',
			default: '={{ $json }}',
			description:
				'What the other API returned. It is stored without secrets, and Already Done returns it.',
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
	description: 'Mark the claim as rejected by the other API for good, without any effect',
	outputs: settleOutputs,
	properties: [
		claimParameter,
		markDescribing({
			displayName: 'Message',
			name: 'message',
			type: 'string',
			default: '',
			placeholder: 'e.g. {{ $json.error.message }}',
			description: 'The reason, for people who read the ledger',
		}),
		markDescribing({
			displayName: 'Status Code',
			name: 'statusCode',
			type: 'string',
			default: '',
			placeholder: 'e.g. 422',
			description: 'The HTTP status code that the other API returned',
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
	description: 'Mark the claim as definitely not executed, so that it can be claimed again later',
	outputs: settleOutputs,
	properties: [claimParameter],
	options: [retention],
	execute: (item) =>
		settleByClaim(item, { kind: 'unreachable', message: 'Released before it was executed' }),
};

async function settleByClaim(item: RegistryItem, outcome: Outcome): Promise<RegistryResult> {
	const handle = readHandle(item);
	const ledger = await item.openLedger(item.run.hostClock);
	const retentionMs = item.read.optionNumber('retentionDays') * DAY_MS;
	const report: SendReport = { outcomes: [outcome], sends: 1 };
	const result = await ledger.settleByHandle(handle, report, retentionMs, CLAIMS_ACCOUNT);
	const { word = '' } = DONE[outcome.kind] ?? {};
	switch (result.kind) {
		case 'not_found':
			return refuseNoClaim(handle);
		case 'late':
			return refuseLate(result.entry, handle, word);
		case 'already_settled':
		case 'settled':
			return answerSettled(result.entry, outcome.kind, result.kind === 'settled', ledger);
	}
}

function readHandle(item: RegistryItem): ClaimHandle {
	const handle = decodeHandle(item.read.text('claim'));
	if (handle) return handle;
	throw item.read.buildError(
		'claim',
		'is not a valid claim of this node',
		"Pass on what Claim returned, exactly as returned, e.g. {{ $('Claim').item.json.idempotency.claim }}.",
	);
}

/** The past tense of each operation, and the state it leaves. */
const DONE: Partial<Record<Outcome['kind'], { word: string; state: Entry['state'] }>> = {
	succeeded: { word: 'completed', state: 'succeeded' },
	rejected: { word: 'rejected', state: 'rejected' },
	unreachable: { word: 'released', state: 'released' },
};

function refuseNoClaim({ entryId }: ClaimHandle): RegistryResult {
	return refuse({
		outcome: 'not_found',
		message: 'The ledger has no such claim',
		nextStep:
			'Check that Ledger is the one in which the claim was made. Claims completed before the retention period are deleted.',
		idempotency: { entryId },
	});
}

function answerSettled(
	entry: Entry,
	kind: Outcome['kind'],
	isFirst: boolean,
	{ isPublic }: Pick<Ledger, 'isPublic'>,
): RegistryResult {
	const { word = '', state } = DONE[kind] ?? {};
	return answerDone({
		outcome: isFirst ? word : `already_${word}`,
		nextStep: `${getNextStepAfterSettle(entry, state, isFirst)}${isPublic ? (KEPT_IN_PUBLIC[kind] ?? '') : ''}`,
		idempotency: buildIdempotencyField(entry, { replayed: !isFirst }),
	} satisfies IDataObject);
}

/** A ledger that others can read stores no full responses. */
const KEPT_IN_PUBLIC: Partial<Record<Outcome['kind'], string>> = {
	succeeded:
		' Workflow Static Data keeps only id, object, status, amount, currency and created of the response. Choose a different Ledger to keep all of it.',
};

function getNextStepAfterSettle(
	entry: Entry,
	expected: Entry['state'] | undefined,
	isFirst: boolean,
): string {
	if (entry.state === expected) {
		return isFirst ? 'Nothing is left to do.' : 'This was already recorded. Nothing is left to do.';
	}
	// An earlier claim on the same key may have done the work. "Nothing was done" for the later claim does not settle that.
	return entry.state === 'unknown'
		? 'An earlier claim may have executed this, so it stays unknown. Check, then complete or reject it.'
		: `It is ${entry.state} all the same: that was recorded for the same key in the meantime.`;
}

function refuseLate(entry: Entry, { fence }: ClaimHandle, word: string): RegistryResult {
	const isTakenOver = entry.fence > fence;
	return refuse({
		outcome: 'late',
		reason: isTakenOver ? 'taken_over' : 'settled_otherwise',
		message: isTakenOver
			? `The claim on this (${describeEntry(entry)}) expired and another run took it over, so nothing was changed`
			: `This (${describeEntry(entry)}) is already ${entry.state}, so it was not ${word}`,
		nextStep: getProvenOutcome(entry)
			? 'That it was completed is recorded with the entry, and later runs with the same key receive it.'
			: 'What you reported is recorded with the entry. Look at the entry for its outcome.',
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
		'Enter an HTTP status code, e.g. 422, or leave it empty.',
	);
}
