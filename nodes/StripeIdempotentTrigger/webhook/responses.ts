import type { ServerResponse } from 'node:http';

import type { IWebhookFunctions, IWebhookResponseData } from 'n8n-workflow';

import type { Ledger } from '../../../ledger/ledger';
import type { TimeSource } from '../../../ledger/clock';
import type { SignatureFault } from '../../../stripe/webhooks/signature';

/** The response to Stripe, which its dashboard shows with the delivery. Stripe delivers again after anything but a 2xx. */
export interface WebhookResponse {
	status: 200 | 400 | 503;
	message: string;
}

/** n8n's type comes from a package that it does not include. It is Node.js's own response, with additions. */
function getResponse(context: IWebhookFunctions): ServerResponse {
	return context.getResponseObject() as ServerResponse;
}

/** ms after which Stripe is asked to deliver again. Its own timeout is not much longer. */
const PATIENCE_MS = 15_000;

/** ms between checks whether the run has started. */
const POLL_MS = { first: 25, longest: 500 };

const RECEIVED: WebhookResponse = { status: 200, message: 'The workflow has started' };
export const DUPLICATE_DELIVERY: WebhookResponse = {
	status: 200,
	message: 'The workflow already received this event',
};
export const RUN_NOT_STARTED: WebhookResponse = {
	status: 503,
	message: 'The workflow has not started with this event yet. Deliver it again later.',
};

/** Responses to deliveries that are not provably Stripe's. */
export const INVALID_DELIVERY: Readonly<Record<Exclude<SignatureFault, 'thin_event'>, WebhookResponse>> = {
	no_body: { status: 400, message: 'Refused: the delivery has no body' },
	no_signature: { status: 400, message: 'Refused: the delivery has no Stripe-Signature header' },
	not_signed: {
		status: 400,
		message: 'Refused: the signature was not made with a signing secret of this endpoint',
	},
	too_old: {
		status: 400,
		message: 'Refused: the delivery was signed more than 5 minutes ago.',
	},
	no_event: { status: 400, message: 'Refused: the delivery is not an event of API v1' },
};

/** The delivery is signed by Stripe, so the response may say how to fix it. Stripe shows it and retries for several days. */
export function buildThinEventResponse(type: string): WebhookResponse {
	const cure = type.startsWith('v2.')
		? `Events of API v2 are always thin: remove ${type} from it`
		: 'choose Snapshot as its payload style, or let the trigger create its endpoint';
	return {
		status: 400,
		message: `Refused: ${type} is a thin event, which does not contain the object. In Stripe, edit the event destination: ${cure}.`,
	};
}

export function buildIgnoredResponse(reason: string): WebhookResponse {
	return { status: 200, message: `The workflow was not started: ${reason}` };
}

export function buildRetryLaterResponse(reason: string): WebhookResponse {
	return { status: 503, message: `${reason}. Deliver it again later.` };
}

/** Responds immediately. The workflow does not start. */
export function respond(context: IWebhookFunctions, answer: WebhookResponse): IWebhookResponseData {
	writeResponse(getResponse(context), answer);
	return { noWebhookResponse: true };
}

/**
 * Responds to Stripe when the run has started. n8n itself would respond as soon as the run is queued, and some versions even
 * earlier. n8n's mode in which the run responds is not used either, because shutting n8n down aborts such runs, while it waits
 * for others. Never throws.
 */
export async function respondWhenStarted(
	context: IWebhookFunctions,
	ledger: Ledger,
	entryId: string,
	time: TimeSource,
): Promise<void> {
	const response = getResponse(context);
	const until = time.monotonic() + PATIENCE_MS;
	for (let pause = POLL_MS.first; ; pause = Math.min(pause * 2, POLL_MS.longest)) {
		await time.sleep(pause);
		// A ledger that cannot be read now may be readable at the next check.
		const current = await ledger.find(entryId).catch(() => undefined);
		if (current?.state === 'succeeded') {
			writeResponse(response, RECEIVED);
			return;
		}
		if (time.monotonic() >= until || response.destroyed) {
			writeResponse(response, RUN_NOT_STARTED);
			return;
		}
	}
}

function writeResponse(response: ServerResponse, { status, message }: WebhookResponse): void {
	// Stripe may have closed the connection.
	if (response.headersSent || response.destroyed) return;
	response.writeHead(status, { 'Content-Type': 'application/json' });
	response.end(JSON.stringify({ message }));
}
