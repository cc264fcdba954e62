import { invalid } from '../../errors';
import { getOwn, type ParamMap } from '../../form';
import * as given from '../../parameters';
import type { Call } from '../../route';
import { refuseTerms } from './invoiceErrors';

export function refuseCancelTwice(params: ParamMap): void {
	if (getOwn(params, 'cancel_at') === undefined || getOwn(params, 'cancel_at_period_end') === undefined)
		return;
	throw invalid(
		'cancel_at',
		'You may only specify one of these parameters: cancel_at, cancel_at_period_end.',
	);
}

/** Invoices that are sent need a due date. Throws Stripe's 400. */
export function refuseSubscriptionTerms(
	call: Call,
	method: string,
	standingDays: number | null = null,
): void {
	refuseTerms(call, method);
	const days = given.readInteger(call.params, 'days_until_due') ?? standingDays;
	if (method === 'send_invoice' && days === null) {
		throw invalid(
			'days_until_due',
			"When `collection_method` is 'send_invoice', you must pass `days_until_due`.",
			'parameter_missing',
		);
	}
}

/** Seconds; null without a trial. */
export function readTrialEnd(now: number, params: ParamMap): number | null {
	const days = given.readInteger(params, 'trial_period_days');
	const text = given.readText(params, 'trial_end');
	if (days !== undefined && text !== undefined)
		throw invalid(
			'trial_end',
			'You may only specify one of these parameters: trial_end, trial_period_days.',
		);
	if (days !== undefined) return days === 0 ? null : now + days * 86_400;
	return text === undefined || text === 'now' ? null : (given.readInteger(params, 'trial_end') ?? null);
}
