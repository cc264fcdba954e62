import type { IDataObject, INodeExecutionData } from 'n8n-workflow';

import { redactMessage } from '../../../stripe/api/redact';
import { buildAccountUrl, buildObjectUrl } from '../../../stripe/objects/dashboardUrl';
import { buildIdempotencyField } from '../../shared/run/idempotencyField';
import { describeUnpaid } from '../../shared/run/paymentMessages';
import type { ItemOutcome } from '../../shared/run/outcomeMessages';
import type { ItemResult } from '../../shared/run/result';
import type { AnswerFrame, ErrorFrame, OutputItem } from '../../shared/run/toOutputItems';
import { toAnsweredItems, toErrorItem } from '../../shared/run/toOutputItems';
import type { ReadItem } from '../item';
import { simplify } from './simplify';

type PaymentItem = OutputItem & {
	simplify: boolean;
	expanded: readonly string[];
	/** The request of a read. Without an entry, the object determines the dashboard link. */
	read?: ReadItem;
};

/** Builds the output items of a payment. */
export function toPaymentItems(result: ItemResult, item: PaymentItem): INodeExecutionData[] {
	return result.outcome === 'succeeded'
		? toAnsweredItems(toAnswerFrame(result, item), item)
		: [toErrorItem(toErrorFrame(result, item), item)];
}

function toAnswerFrame(result: ItemResult, { isTool, read, ...item }: PaymentItem): AnswerFrame {
	const isRead = read !== undefined;
	const advice = isTool && !isRead ? { outcome: result.outcome, nextStep: getAdvice(result) } : {};
	// Fields that people and workflows need most come first. Ours precede Stripe's, because a charge has an `outcome` too.
	const link = result.expired === undefined ? {} : { expired: result.expired };
	const first = { ...advice, ...(isRead ? {} : { idempotency: toIdempotency(result) }), ...link };
	const objects = result.objects.map((object) => {
		const shown = item.simplify ? simplify(object, item.expanded) : object;
		const status = isRead ? {} : pickStatus(object);
		const page = read ? toDashboardLink(read, object) : {};
		return { ...first, ...status, ...shown, ...result.secretFields, ...page, ...first };
	});
	return { objects, nothingFound: NOTHING_FOUND };
}

function toErrorFrame(result: ItemResult, { read }: PaymentItem): ErrorFrame {
	const { message, nextStep, output, entry } = result;
	return {
		message,
		nextStep,
		fields: toErrorFields(result),
		forModel: (error) => toModelFields(error, result),
		idempotency: read ? undefined : toIdempotency(result),
		retry: output === 'retry' ? { entry } : undefined,
	};
}

function toModelFields(
	{ outcome, message, nextStep: _forPeople, retryable, ...details }: IDataObject,
	result: ItemResult,
): IDataObject {
	const reason = result.reason ?? details.declineCode ?? details.code ?? outcome;
	const nextStep = redactMessage(getNextStepForModel(result));
	return { outcome, reason, message, nextStep, retryable, details };
}

/** A report contains its own links. */
function toDashboardLink(
	{ connection, options: { stripeAccount }, path, operation }: ReadItem,
	object: Record<string, unknown>,
): { dashboardUrl?: string } {
	const isThere = typeof object.id === 'string' && typeof object.object === 'string';
	if (!isThere || operation.kind === 'report' || ('isPreview' in operation && operation.isPreview))
		return {};
	const dashboard = { connection, stripeAccount };
	const isOwnAccount = path === '/v1/account';
	return {
		dashboardUrl: isOwnAccount ? buildAccountUrl(dashboard) : buildObjectUrl(dashboard, object),
	};
}

function pickStatus(object: Record<string, unknown>): object {
	return 'status' in object ? { status: object.status } : {};
}

/** A model takes an empty result for a failed call. */
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

function toErrorFields({ outcome, facts, retryable }: ItemResult): IDataObject {
	return {
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
	};
}

/** Adds the next step for an object that needs somebody's attention. */
function adviseOn({ objects: [object], payment }: ItemResult): { nextStep?: string } {
	const unpaidMessage = object?.object === 'subscription' && describeUnpaid(payment, object);
	return unpaidMessage && object.status === 'incomplete' ? { nextStep: unpaidMessage } : {};
}

function toIdempotency(result: ItemResult) {
	const { entry, facts, payment, replayed, alreadyDone, source, warning } = result;
	const context = {
		replayed,
		alreadyDone,
		source,
		requestId: facts.requestId ?? null,
		...adviseOn(result),
	};
	return buildIdempotencyField(
		entry,
		{ ...context, ...(warning ? { warning: redactMessage(warning) } : {}) },
		payment,
	);
}

const AGAIN = 'Call this tool again with exactly the same arguments: nothing is charged twice.';

/** The next step for a model. One sentence, because a model follows only one of two. */
const NEXT_STEPS: Readonly<Record<Exclude<ItemOutcome, 'succeeded' | 'blocked'>, string>> = {
	rejected:
		'Tell the user that Stripe refused it and why, and do not call this tool again with the same arguments.',
	unauthorized:
		'Tell the user that a person has to correct the Stripe credential, and do not try it another way.',
	conflict:
		'Tell the user that this was completed or started before with different values, and do not change the number to get around that.',
	busy: AGAIN,
	rate_limited: AGAIN,
	unknown:
		'Call this tool again with exactly the same arguments: nothing is charged twice, but a new payment would be a second charge.',
	unreachable: AGAIN,
	ledger_unavailable:
		'Tell the user that nothing can be paid now, and call this tool again later with the same arguments.',
	missing_key: 'Call this tool again with the value that is missing, or ask the user for it.',
	refused: 'Correct what the message names and call this tool again, or tell the user what is missing.',
};

/** A request that a rule has blocked has its own next step for models. */
function getNextStepForModel({ outcome, facts, nextStep }: ItemResult): string {
	if (outcome === 'succeeded' || outcome === 'blocked') return nextStep;
	return outcome === 'rejected' && facts.statusCode === 402
		? getNextStepAfterDecline(facts)
		: NEXT_STEPS[outcome];
}

/** The issuer's advice (docs.stripe.com/declines/codes). */
function getNextStepAfterDecline({ adviceCode, declineCode }: ItemResult['facts']): string {
	if (declineCode === 'authentication_required')
		return 'Tell the user that the customer has to confirm this payment in person, and do not try it again until then.';
	if (adviceCode === 'do_not_try_again')
		return 'Tell the user that this payment method must not be tried again, and ask for a different one.';
	return 'Tell the user that the payment was declined, and ask for a different payment method.';
}
