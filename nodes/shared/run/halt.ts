import type { Outcome } from '../../../ledger/model/entry';
import type { Halt } from '../../../payments/halt';
import { describeHalt, HALT_CODES } from '../../../payments/halt';
import { describeBlock } from './blockMessages';
import type { ItemMessage } from './notSent';

/** Better words than the outcome's own, where nothing was sent. */
export function getHaltMessage({ kind, code }: Outcome): ItemMessage {
	const message = kind === 'unknown' ? 'It was sent before and is not sent again now' : 'Nothing was sent';
	if (code === HALT_CODES.payments_stopped)
		return { message, nextStep: STOPPED_NEXT_STEP, retryable: false };
	if (code === HALT_CODES.over_cap) return { message, nextStep: OVER_CAP_NEXT_STEP, retryable: false };
	if (code === HALT_CODES.unreadable)
		return {
			message:
				'The ledger could not be read to check whether payments are stopped, so nothing was sent',
			nextStep: 'Follow the message, then run it again with the same item.',
		};
	return {};
}

const STOPPED_NEXT_STEP = describeBlock('payments_stopped').nextStep;
const OVER_CAP_NEXT_STEP = 'Check the amount. If it is right, raise the limit and run it again.';

/** What was sent before stays in doubt, and who reads that has to know why it was not sent again. */
export function getHaltWarning(halt: Halt | undefined): string | undefined {
	if (!halt) return undefined;
	return halt.kind !== 'unreadable'
		? `It was not sent again: ${describeHalt(halt)}`
		: `It was not sent again, because the ledger could not be read to check whether payments are stopped: ${halt.reason}`;
}
