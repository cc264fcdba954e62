import type { ServerResponse } from 'node:http';

import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import type { Ledger } from '../../../ledger/ledger';
import type { Time } from '../../../ledger/clock';
import type { SignatureFault } from '../../../stripe/webhooks/signature';

/** What Stripe is told; its dashboard shows it beside the delivery. Anything but a 2xx makes it deliver again later. */
export interface Answer {
	status: 200 | 400 | 503;
	message: string;
}

/** n8n's types name it by a package that it does not bring along; it is Node's own, with more to it. */
function responseOf(context: IWebhookFunctions): ServerResponse {
	return context.getResponseObject() as ServerResponse;
}

/** ms after which Stripe is asked to come again: it gives up on its own not much later. */
const PATIENCE_MS = 15_000;

/** ms between two looks whether the run has begun. */
const LOOK_MS = { first: 25, longest: 500 };

const RECEIVED: Answer = { status: 200, message: 'The workflow has started' };
export const HAD_BEFORE: Answer = { status: 200, message: 'The workflow has had this event before' };
export const NOT_YET: Answer = {
	status: 503,
	message: 'The workflow has not started yet with this event. Deliver it again later.',
};

/** What is said of deliveries that are not surely Stripe's. */
export const REFUSED: Readonly<Record<Exclude<SignatureFault, 'thin_event'>, Answer>> = {
	no_body: { status: 400, message: 'Refused: the delivery has no body' },
	no_signature: { status: 400, message: 'Refused: the delivery has no Stripe-Signature' },
	not_signed: {
		status: 400,
		message: 'Refused: the signature was not made with a signing secret of this endpoint',
	},
	too_old: {
		status: 400,
		message: 'Refused: the delivery was signed more than 5 minutes ago.',
	},
	no_event: { status: 400, message: 'Refused: the delivery is no event of API v1' },
};

/** Signed by Stripe, so its cure may be named. Stripe shows it beside the delivery, and delivers again for some days. */
export function refusedThin(type: string): Answer {
	const cure = type.startsWith('v2.')
		? `Events of API v2 are always thin: take ${type} off it`
		: 'choose Snapshot as its payload style, or let the trigger create its endpoint';
	return {
		status: 400,
		message: `Refused: ${type} is a thin event, which carries no object. In Stripe, edit the event destination: ${cure}.`,
	};
}

export function ignored(why: string): Answer {
	return { status: 200, message: `The workflow was not started: ${why}` };
}

export function cannotNow(why: string): Answer {
	return { status: 503, message: `${why}. Deliver it again later.` };
}

/** Answers at once; the workflow does not start. */
export function answered(context: IWebhookFunctions, answer: Answer): IWebhookResponseData {
	send(responseOf(context), answer);
	return { noWebhookResponse: true };
}

/**
 * Answers Stripe when the run has begun, beside the way of n8n, which would answer as soon as the run is queued, and in
 * some versions before that. Nor is it left to n8n's mode in which the run itself answers: an n8n that is shut down stops
 * such runs in their middle, where it waits for all others. It never throws.
 */
export async function answerWhenBegun(
	context: IWebhookFunctions,
	ledger: Ledger,
	entryId: string,
	time: Time,
): Promise<void> {
	const response = responseOf(context);
	const until = time.monotonic() + PATIENCE_MS;
	for (let pause = LOOK_MS.first; ; pause = Math.min(pause * 2, LOOK_MS.longest)) {
		await time.sleep(pause);
		// A ledger that cannot be read now may be read at the next look.
		const standing = await ledger.find(entryId).catch(() => undefined);
		if (standing?.state === 'succeeded') {
			send(response, RECEIVED);
			return;
		}
		if (time.monotonic() >= until || response.destroyed) {
			send(response, NOT_YET);
			return;
		}
	}
}

function send(response: ServerResponse, { status, message }: Answer): void {
	// Stripe may have hung up meanwhile.
	if (response.headersSent || response.destroyed) return;
	response.writeHead(status, { 'Content-Type': 'application/json' });
	response.end(JSON.stringify({ message }));
}
