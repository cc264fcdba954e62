import type { NotSentReason } from '../../../payments/notSent';

type ChangeReason = Extract<NotSentReason, `change_${string}`>;

const GO_ON =
	'Run it again with the same item: it continues where it stopped, and creates no second schedule.';
/** How to withdraw a change at the end of the period. */
export const RELEASE =
	'release the schedule with Subscription Schedule → Release, and run the node again manually';

/** Why a change of plan at the end of the period was not planned. */
export const CHANGE_MESSAGES: Readonly<
	Record<ChangeReason, { message: string; nextStep: string; retryable: boolean }>
> = {
	change_differs: {
		message:
			'The schedule of the subscription contains more than its current period, so the change was not planned',
		nextStep: `Check the schedule in the Stripe dashboard. If nothing else depends on it, ${RELEASE}.`,
		retryable: false,
	},
	change_edited: {
		message:
			'The schedule of this change, or its subscription, was edited in the meantime. Nothing more was sent, because that would overwrite the edit',
		nextStep: `Check the schedule in the Stripe dashboard. If the edit is not wanted, undo it and run the same item again: it continues where it stopped. If it is, ${RELEASE}: the change is then planned again from the current subscription. Phases that the schedule still plans are lost.`,
		retryable: false,
	},
	change_ends: {
		message: 'The subscription ends or never began, so no change was planned',
		nextStep:
			'If it is to continue, use Subscription → Undo Cancellation first. A change for the next period would undo the cancellation.',
		retryable: false,
	},
	change_interrupted: {
		message: 'The change was interrupted between two steps',
		nextStep: GO_ON,
		retryable: true,
	},
	change_scheduled: {
		message: 'The subscription already has a schedule, so nothing was sent',
		nextStep: `The schedule is not overwritten. Change it with Subscription Schedule → Update. Or, if its changes are no longer wanted, ${RELEASE}.`,
		retryable: false,
	},
	change_step_differs: {
		message: 'A step of this change was sent before with different values, so nothing more was sent',
		nextStep: `Check the schedule in the Stripe dashboard. To start over, ${RELEASE}.`,
		retryable: false,
	},
	change_step_stopped: {
		message: 'A step of this change was canceled in the ledger, so nothing more was sent',
		nextStep: `Ask the person who canceled it. To start over, ${RELEASE}.`,
		retryable: false,
	},
	change_taken_over: {
		message: 'Another run is working on this change now',
		nextStep: GO_ON,
		retryable: true,
	},
	change_unread: {
		message: 'The subscription could not be read from Stripe, so nothing more was sent',
		nextStep: GO_ON,
		retryable: true,
	},
	change_withdrawn: {
		message: 'The schedule of this change was ended before it had the new plan, so nothing was changed',
		nextStep:
			'To change the plan all the same, run the node manually, or set After Rejection to New Attempt: this creates a new schedule.',
		retryable: false,
	},
};

/** The next step if different values are sent for an unfinished change. */
export const OTHER_VALUES_OF_CHANGE = `The change is not planned yet. If it is the same change, run it again with the earlier values: it continues where it stopped. To plan a different one instead, ${RELEASE}. A different change needs key fields that distinguish the two.`;
