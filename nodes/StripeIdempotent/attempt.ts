import type { Ledger } from '../../ledger/ledger';
import type { AttemptRequest } from '../../payments/attemptRequest';
import { buildHaltCheck } from '../../payments/halt';
import type { SentInRun } from './cap';
import type { WriteItem } from './item';
import { mayRelyOnStripe } from './reliance';

/** What is sent for an item once its claim is granted, and what may still keep it from leaving. */
export function buildAttemptRequest(item: WriteItem, ledger: Ledger, sentInRun: SentInRun): AttemptRequest {
	const { connection, options, pace, method, path, params, claim } = item;
	const { stripeAccount, timeoutMs, maxRetries, caps } = options;
	const isByToken = claim.token !== undefined;
	const reliesOnStripe = () => mayRelyOnStripe(item);
	const checkKillSwitch = buildHaltCheck(ledger, { isByToken, reliesOnStripe });
	let isCounted = item.requestedSpend === undefined && !item.isMeasured;
	const checkHalt: AttemptRequest['checkHalt'] = async ({ expectation }) => {
		const stop = await checkKillSwitch();
		if (stop || isCounted) return stop;
		const over = sentInRun.admit(caps, item.isMeasured ? expectation?.spend : item.requestedSpend);
		isCounted = over === undefined;
		return over;
	};
	return { connection, pace, stripeAccount, timeoutMs, maxRetries, method, path, params, checkHalt };
}
