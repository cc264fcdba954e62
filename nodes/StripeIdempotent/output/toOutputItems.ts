import type { INodeExecutionData } from 'n8n-workflow';

import { redactSecrets, redactMessage } from '../../../stripe/api/redact';
import { buildIdempotencyField } from '../../shared/run/idempotencyField';
import { describeUnpaid } from '../../shared/run/paymentMessages';
import { buildRetryBefore } from '../../shared/run/retryBefore';
import type { ItemResult } from '../../shared/run/result';
import { getNextStepForModel } from './modelMessages';
import { simplify } from './simplify';

/** What the item looks like when it has left. */
export function toOutputItems(
	result: ItemResult,
	item: {
		index: number;
		input: INodeExecutionData;
		simplify: boolean;
		expanded: readonly string[];
		isTool: boolean;
		isRead: boolean;
	},
): INodeExecutionData[] {
	const pairedItem = { item: item.index };
	const idempotency = item.isRead ? {} : { idempotency: toIdempotency(result) };
	if (result.outcome === 'succeeded') {
		const advice =
			item.isTool && !item.isRead ? { outcome: result.outcome, nextStep: getAdvice(result) } : {};
		if (item.isTool && result.objects.length === 0) return [{ json: NOTHING_FOUND, pairedItem }];
		// What people and workflows look at first stands first; a charge has an `outcome` of its own: a model must read ours.
		const first = { ...advice, ...idempotency };
		return result.objects.map((object) => {
			const shown = item.simplify ? simplify(object, item.expanded) : object;
			const status = item.isRead ? {} : pickStatus(object);
			const json = { ...first, ...status, ...shown, ...result.secretFields, ...first };
			return { json, pairedItem };
		});
	}
	const facts = toErrorFields(result, item.index);
	const until = result.output === 'serverError' ? buildRetryBefore(result.entry) : {};
	if (item.isTool) {
		// Not under `error`: n8n would take that for a reason to run the tool again by itself.
		const { outcome, message, nextStep: _forPeople, retryable, ...details } = facts;
		const nextStep = redactMessage(getNextStepForModel(result));
		const reason = result.reason ?? facts.declineCode ?? facts.code ?? outcome;
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

function pickStatus(object: Record<string, unknown>): object {
	return 'status' in object ? { status: object.status } : {};
}

/** To a model an empty answer looks like a call that went wrong. */
const NOTHING_FOUND = {
	outcome: 'succeeded',
	found: 0,
	nextStep: 'Nothing was found. Search does not show objects of the last minute yet.',
};

function getAdvice({ replayed, objects, payment }: ItemResult): string {
	const notPaid = objects[0] && describeUnpaid(payment, objects[0]);
	if (notPaid) return `${notPaid} Do not create it again.`;
	const id = typeof objects[0]?.id === 'string' ? ` (${objects[0].id})` : '';
	return replayed
		? `This was already completed${id}, and nothing was executed twice. Tell the user, and do not do it again.`
		: `Completed${id}. Tell the user, and do not do it again.`;
}

function toErrorFields({ outcome, facts, message, nextStep, retryable }: ItemResult, index: number) {
	// What a person wants to read first stands first. People paste keys into the wrong field, and what they gave is quoted.
	return redactSecrets({
		message: redactMessage(`[Item ${index}] ${message}`),
		nextStep: redactMessage(nextStep),
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

function toIdempotency({ entry, facts, payment, replayed, source, warning }: ItemResult) {
	const context = { replayed, source, requestId: facts.requestId ?? null };
	return buildIdempotencyField(
		entry,
		{ ...context, ...(warning ? { warning: redactMessage(warning) } : {}) },
		payment,
	);
}
