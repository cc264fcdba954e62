import type { Outcome } from '../../../ledger/model/entry';
import type { AttemptReport } from '../../../payments/executeAttempt';
import type { NotSentReason } from '../../../payments/notSent';
import { RELEASE } from './changeMessages';

type BillReason = Extract<NotSentReason, `bill_${string}`>;

const GO_ON = 'Run it again with the same item: it continues where it stopped, and nothing is billed twice.';
/** How to withdraw a bill, so that a different one can replace it. */
const WAY_OUT =
	'withdraw the invoice with Invoice → Delete Draft (a draft) or Invoice → Void (an open one), and run it again manually';

/** Why a bill stopped before it was complete. */
export const BILL_MESSAGES: Readonly<
	Record<BillReason, { message: string; nextStep: string; retryable: boolean }>
> = {
	bill_changed: {
		message: 'The invoice was changed in Stripe just now, so the bill was not completed',
		nextStep: GO_ON,
		retryable: true,
	},
	bill_differs: {
		message:
			'The invoice in Stripe does not show exactly these lines and this total, so nothing more was sent',
		nextStep: `Correct the invoice in the Stripe dashboard and run it again, or ${WAY_OUT}.`,
		retryable: false,
	},
	bill_interrupted: {
		message: 'The bill was interrupted between two steps',
		nextStep: GO_ON,
		retryable: true,
	},
	bill_paid_otherwise: {
		message:
			'The invoice of this bill was paid, but does not show exactly these lines and this total, so the bill is not completed',
		nextStep:
			'Check the invoice in the Stripe dashboard. If it is correct, record that with Idempotency Registry → Entry → Resolve Manually (Request Succeeded). If not, record it the same way, then refund or credit any excess, and bill any shortfall under its own number.',
		retryable: false,
	},
	bill_step_differs: {
		message: 'A step of this bill was sent before with different values, so nothing more was sent',
		nextStep: `Check the invoice in the Stripe dashboard. To start over, ${WAY_OUT}.`,
		retryable: false,
	},
	bill_step_stopped: {
		message: 'A step of this bill was canceled in the ledger, so nothing more was sent',
		nextStep: `Ask the person who canceled it. To start over, ${WAY_OUT}.`,
		retryable: false,
	},
	bill_taken_over: {
		message: 'Another run is working on this bill now',
		nextStep: GO_ON,
		retryable: true,
	},
	bill_unread: {
		message: 'The invoice could not be read from Stripe, so nothing more was sent',
		nextStep: GO_ON,
		retryable: true,
	},
	bill_withdrawn: {
		message: 'The invoice of this bill was withdrawn, so nothing more was sent',
		nextStep:
			'To bill the customer all the same, run the node manually, or set After Rejection to New Attempt: this creates a new invoice.',
		retryable: false,
	},
	bill_written_off: {
		message: 'The invoice of this bill was marked as uncollectible, so nothing more was sent',
		nextStep: `If it is still to be paid, use Invoice → Pay. To start over, ${WAY_OUT}.`,
		retryable: false,
	},
};

/** The next step if different values are sent for an unfinished bill. */
export const OTHER_VALUES_OF_BILL = `The bill is not completed. If it is the same bill, run it again with the earlier values: it continues where it stopped. To bill different values instead, ${WAY_OUT}. A different bill needs its own number.`;

/** Adds which object exists in Stripe after a step was refused or got no response, and what must not be done now. */
export function addUnfinished(
	unfinished: AttemptReport['unfinished'],
	outcome: Outcome,
	nextStep: string,
): string {
	if (!unfinished) return nextStep;
	return unfinished.kind === 'bill'
		? addInvoice(unfinished.id, outcome, nextStep)
		: `${nextStep} The change is not planned: its schedule ${unfinished.id} changes nothing yet. To give it up, ${RELEASE}.`;
}

function addInvoice(invoice: string, { kind }: Outcome, nextStep: string): string {
	const advice =
		kind === 'rejected'
			? ` A repeat creates no second invoice: only this step is tried again. Do not bill or charge it any other way. To give it up, ${WAY_OUT}.`
			: '';
	return `${nextStep}${advice} The bill is not finished: its invoice is ${invoice}.`;
}
