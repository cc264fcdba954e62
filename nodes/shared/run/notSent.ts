import type { Outcome } from '../../../ledger/model/entry';
import type { NotSentReason } from '../../../payments/notSent';
import { getNotSentReason } from '../../../payments/notSent';
import { BILL_MESSAGES } from './billMessages';
import { CHANGE_MESSAGES } from './changeMessages';

/** A message and a next step that are more precise than those of the outcome. */
export interface ItemMessage {
	message?: string;
	nextStep?: string;
	retryable?: boolean;
}

/** Why a granted claim did not lead to a send. */
const NOT_SENT_MESSAGES: Readonly<Record<NotSentReason, Required<ItemMessage>>> = {
	not_sent_inconclusive: {
		message:
			'This was sent earlier. Its outcome cannot be found in Stripe and its key may have expired, so it was not sent again',
		nextStep:
			'Search the Stripe dashboard for the entry ID, which is in the metadata n8n_entry; the message has the address. Then record what you found with Idempotency Registry → Entry → Resolve Manually. Running it again only checks again.',
		retryable: false,
	},
	not_sent_mismatch: {
		message:
			'Stripe has received this key with different values, and the result does not match this item, so nothing was sent',
		nextStep:
			'Check it in the Stripe dashboard, at the address in the message. If it is this payment, send the values that it has: this records it and pays nothing. If the difference is wrong, correct it in Stripe (refund it, for example). A further payment needs its own number.',
		retryable: false,
	},
	not_sent_too_early: {
		message:
			'This was sent earlier. Its outcome cannot be found in Stripe yet and its key may have expired, so it was not sent again',
		nextStep:
			'Run it again with the same item at the time given. It is checked again then, and nothing is charged twice. Do not start a new payment for it before.',
		retryable: true,
	},
	not_sent_stripe_unavailable: {
		message: 'This was sent earlier. Its outcome could not be read from Stripe, so it was not sent again',
		nextStep:
			'Retry later with the same item. Its outcome is checked first, and nothing is charged twice.',
		retryable: true,
	},
	earlier_processing: {
		message: 'A payment made by an earlier attempt is still being processed, so nothing new was sent',
		nextStep: 'Retry later with the same item, after its bank has responded. Nothing is charged twice.',
		retryable: true,
	},
	earlier_stripe_unavailable: {
		message:
			'The outcome of a payment made by an earlier attempt could not be determined, so nothing new was sent',
		nextStep: 'Retry later with the same item. Nothing is charged twice.',
		retryable: true,
	},
	earlier_changed: {
		message:
			'The payment of an earlier attempt was changed or canceled by someone else just now, so it was not charged',
		nextStep: 'Run it again with the same item to make a new payment. Nothing is charged twice.',
		retryable: true,
	},
	earlier_mismatch: {
		message:
			'A payment made by an earlier attempt was paid in the meantime and differs from this request, so nothing new was sent',
		nextStep:
			'Check that payment in the Stripe dashboard. If it is what you wanted, send its values. If not, refund it there first. A further payment needs its own number.',
		retryable: false,
	},
	earlier_inconclusive: {
		message: 'An earlier attempt may have left a payment that cannot be found, so nothing new was sent',
		nextStep:
			'Search the Stripe dashboard for it, and cancel it there if it is not paid. Then pay this with a new key.',
		retryable: false,
	},
	verify_stripe_unavailable: {
		message: 'Stripe could not be checked for an earlier payment (Verify New), so nothing was sent',
		nextStep: 'Retry later with the same item. Stripe is checked first, and nothing is charged twice.',
		retryable: true,
	},
	verify_mismatch: {
		message:
			'Stripe already has an object for this entry, and it differs from this request, so nothing was sent (Verify New)',
		nextStep:
			'Check it in Stripe, at the address in the message. If it is what you wanted, send its values, or add it to the ledger with Idempotency Registry → Entry → Adopt.',
		retryable: false,
	},
	look_stripe_unavailable: {
		message: 'The object could not be read from Stripe first, so nothing was sent',
		nextStep: 'Retry later with the same item. The object is read first, and nothing is sent twice.',
		retryable: true,
	},
	look_other_object: {
		message: 'The object was deleted and created again in the meantime, so nothing was sent',
		nextStep: 'Check that the new object is the right one, and run it again with the same item.',
		retryable: true,
	},
	already_subscribed: {
		message:
			'The customer already has a subscription with the same price, so nothing was sent (If Already Subscribed is set to Refuse)',
		nextStep: 'Use Change Plan for that subscription, or choose Allow for a second one.',
		retryable: false,
	},
	twin_in_progress: {
		message:
			'A different item is creating the same object, or its outcome is not known yet, so nothing was sent',
		nextStep:
			'Run it again later with the same item. If the other one stays unknown, resolve it first: Idempotency Registry → Entry → Retry.',
		retryable: true,
	},
	look_changed: {
		message: 'The object changed after it was read, so nothing was sent',
		nextStep: 'Check the change, and run it again with the same item. The object is read again.',
		retryable: true,
	},
	look_edited: {
		message:
			'The object has changed since this request was built. It was not sent again, because that would overwrite the change',
		nextStep:
			'Check the object in the Stripe dashboard. If the change is not wanted, undo it and run the same item again. If it is, run the same item again after three days: the object is read again then, unless Stripe shows that the earlier request was executed.',
		retryable: false,
	},
	look_gone: {
		message:
			'This was completed before, but its object cannot be found in Stripe now, so nothing was sent. The ledger still has the outcome',
		nextStep:
			'Nothing is left to do if the object was deleted. Otherwise check that the credential belongs to the same account as before.',
		retryable: false,
	},
	look_ruled_out: {
		message:
			'The state of the object changed after an earlier request was lost, so that request was not repeated',
		nextStep: 'Run it again with the same item. The request that its current state needs is sent.',
		retryable: true,
	},
	found_meanwhile: {
		message: 'A matching customer was created elsewhere just now, so no second one was created',
		nextStep:
			'Run the workflow again with the same item: it updates that customer. If an earlier request of the item was lost, its outcome stays unknown for up to three days first.',
		retryable: true,
	},
	...BILL_MESSAGES,
	...CHANGE_MESSAGES,
	look_otherwise: {
		message: 'The object is in a different state than this request needs, so nothing was sent',
		nextStep:
			'Check the object in the Stripe dashboard. If its state is what you wanted, nothing is left to do.',
		retryable: false,
	},
	not_sent_cancelled: {
		message: 'The run was stopped before this was sent',
		nextStep: 'Run it again. The same idempotency key is used, so nothing is charged twice.',
		retryable: true,
	},
	not_sent_time_unknown: {
		message:
			'The clock of this host was changed and the time could not be read from Stripe, so it was not sent',
		nextStep: 'Run it again. The same idempotency key is used, so nothing is charged twice.',
		retryable: true,
	},
	not_sent_lease_expired: {
		message: 'n8n was suspended for longer than its claim on this item lasts, so it was not sent',
		nextStep: 'Run it again. The same idempotency key is used, so nothing is charged twice.',
		retryable: true,
	},
};

/** Returns the precise message if nothing was sent; otherwise empty. */
export function getNotSentMessage(outcome: Outcome): ItemMessage {
	const reason = getNotSentReason(outcome);
	return reason ? { ...NOT_SENT_MESSAGES[reason] } : {};
}

/** Without the ledger, a later attempt may have paid already: no next step may lead to a second payment. */
export function getMessageWithoutLedger({ kind }: Outcome): ItemMessage {
	if (kind !== 'rejected' && kind !== 'conflict') return {};
	return {
		nextStep:
			'The ledger was not available, so it is not known whether a later attempt paid this. Check the Stripe dashboard first.',
	};
}
