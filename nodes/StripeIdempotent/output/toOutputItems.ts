import type { INodeExecutionData } from 'n8n-workflow';

import { withoutSecrets, wordsWithoutSecrets } from '../../../stripe/api/redact';
import { idempotencyField } from '../../shared/run/idempotencyField';
import { notPaidYet } from '../../shared/run/paymentMessages';
import { retryBefore } from '../../shared/run/retryBefore';
import type { Departure } from '../../shared/run/result';
import { nextStepForModel } from './modelMessages';
import { simplified } from './simplify';

/** What the item looks like when it has left. */
export function itemsOf(
	leaving: Departure,
	item: { index: number; input: INodeExecutionData; simplify: boolean; asTool: boolean; isRead: boolean },
): INodeExecutionData[] {
	const pairedItem = { item: item.index };
	const idempotency = item.isRead ? {} : { idempotency: idempotencyOf(leaving) };
	if (leaving.outcome === 'succeeded') {
		const advice =
			item.asTool && !item.isRead ? { outcome: leaving.outcome, nextStep: adviceOf(leaving) } : {};
		if (item.asTool && leaving.objects.length === 0) return [{ json: NOTHING_FOUND, pairedItem }];
		// What people and workflows look at first stands first; a charge has an `outcome` of its own: a model must read ours.
		const first = { ...advice, ...idempotency };
		return leaving.objects.map((object) => {
			const shown = item.simplify ? simplified(object) : object;
			const secret = leaving.clientSecret === undefined ? {} : { client_secret: leaving.clientSecret };
			const status = item.isRead ? {} : statusOf(object);
			const json = { ...first, ...status, ...shown, ...secret, ...first };
			return { json: json, pairedItem };
		});
	}
	const facts = errorOf(leaving, item.index);
	const until = leaving.output === 'serverError' ? retryBefore(leaving.entry) : {};
	if (item.asTool) {
		// Not under `error`: n8n would take that for a reason to run the tool again by itself.
		const { outcome, message, nextStep: _forPeople, retryable, ...details } = facts;
		const nextStep = wordsWithoutSecrets(nextStepForModel(leaving));
		const reason = leaving.reason ?? facts.declineCode ?? facts.code ?? outcome;
		return [
			{
				json: { outcome, reason, message, nextStep, retryable, ...until, details, ...idempotency },
				pairedItem,
			},
		];
	}
	const { json, binary } = item.input;
	return [
		{
			json: { error: facts, input: json, ...idempotency, ...until },
			...(binary ? { binary } : {}),
			pairedItem,
		},
	];
}

function statusOf(object: Record<string, unknown>): object {
	return 'status' in object ? { status: object.status } : {};
}

/** To a model an empty answer looks like a call that went wrong. */
const NOTHING_FOUND = {
	outcome: 'succeeded',
	found: 0,
	nextStep: 'Nothing was found. A search does not show objects of the last minute yet.',
};

function adviceOf({ replayed, objects, payment }: Departure): string {
	const notPaid = objects[0] && notPaidYet(payment, objects[0]);
	if (notPaid) return `${notPaid} Do not create it again.`;
	const id = typeof objects[0]?.id === 'string' ? ` (${objects[0].id})` : '';
	return replayed
		? `This was already done${id}, and nothing was done a second time: tell the user, and do not do it again.`
		: `Done${id}: tell the user, and do not do it again.`;
}

function errorOf({ outcome, facts, message, nextStep, retryable }: Departure, index: number) {
	// What a person wants to read first stands first. People paste keys into the wrong field, and what they gave is quoted.
	return withoutSecrets({
		message: wordsWithoutSecrets(`[Item ${index}] ${message}`),
		nextStep: wordsWithoutSecrets(nextStep),
		outcome,
		retryable,
		retryAfterSeconds: facts.retryAfterSeconds ?? null,
		statusCode: facts.statusCode ?? null,
		type: facts.type ?? null,
		code: facts.code ?? null,
		declineCode: facts.declineCode ?? null,
		adviceCode: facts.adviceCode ?? null,
		param: facts.param ?? null,
		requestId: facts.requestId ?? null,
		objectId: facts.objectId ?? null,
	});
}

function idempotencyOf({ entry, facts, payment, replayed, source, warning }: Departure) {
	const speaking = { replayed, source, requestId: facts.requestId ?? null };
	return idempotencyField(
		entry,
		{ ...speaking, ...(warning ? { warning: wordsWithoutSecrets(warning) } : {}) },
		payment,
	);
}
