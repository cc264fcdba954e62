import type { Ledger } from '../../ledger/ledger';
import type { AttemptRequest } from '../../payments/attemptRequest';
import { buildHaltCheck } from '../../payments/halt';
import type { SentInRun } from './cap';
import type { WriteItem } from './item';
import { mayRelyOnStripe } from './reliance';

/** What is sent for an item once its claim is granted, and what may still keep it from leaving. */
export function buildAttemptRequest(item: WriteItem, ledger: Ledger, sentInRun: SentInRun): AttemptRequest {
	const { connection, options, pace, method, path, params, claim, requestedSpend } = item;
	const { stripeAccount, timeoutMs, maxRetries, caps } = options;
	const isByToken = claim.token !== undefined;
	const reliesOnStripe = () => mayRelyOnStripe(item);
	const checkKillSwitch = buildHaltCheck(ledger, { isByToken, reliesOnStripe });
	let isCounted = requestedSpend === undefined;
	const checkHalt = async () => {
		const stop = await checkKillSwitch();
		if (stop || isCounted || requestedSpend === undefined) return stop;
		const over = sentInRun.admit(caps, requestedSpend);
		isCounted = over === undefined;
		return over;
	};
	return { connection, pace, stripeAccount, timeoutMs, maxRetries, method, path, params, checkHalt };
}
