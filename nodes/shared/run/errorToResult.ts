import { ExpressionError } from 'n8n-workflow';

import type { Outcome } from '../../../ledger/model/entry';
import { KeyRefusal } from '../../../ledger/identity/key';
import { KeySecretChanged } from '../../../ledger/identity/keySecret';
import { ParamRefusal } from '../../../ledger/model/request';
import { StoreUnavailable } from '../../../ledger/store';
import { TimeUnknownError } from '../../../ledger/clock';
import { CredentialRefusal } from '../../../stripe/api/connection';
import { refusalOfKey } from '../key/keyMessages';
import { Refusal } from './error';
import type { Departure, Told } from './result';
import { departure } from './result';
import { OUTCOME_WORDS } from './outcomeMessages';

/** Whatever kept an item from being sent. Anything else is a fault of the program, and is thrown on. */
export function departureOfRefusal(error: unknown): Departure {
	const refused = departureIfRefusal(error);
	if (refused) return refused;
	throw error;
}

/** @returns undefined for what is no refusal */
export function departureIfRefusal(error: unknown): Departure | undefined {
	if (error instanceof NotSent) return departure(error.outcome, error.told);
	if (error instanceof KeyRefusal) return departureOfRefusal(refusalOfKey(error));
	if (error instanceof StoreUnavailable) {
		return departure(
			{ kind: 'ledger_unavailable' },
			{ what: `${OUTCOME_WORDS.ledger_unavailable.what({})}: ${error.reason}` },
		);
	}
	if (error instanceof TimeUnknownError)
		return departure({ kind: 'unreachable', message: error.reason }, TIME_UNKNOWN);
	if (error instanceof ParamRefusal) {
		const what = `"${error.param}" cannot be sent as a parameter`;
		return departure({ kind: 'refused' }, { what, nextStep: 'Remove it, or give it a plain value.' });
	}
	if (error instanceof CredentialRefusal) return departureOfRefusal(refusalOfCredential(error));
	if (error instanceof KeySecretChanged) return departureOfRefusal(anotherKeySecret());
	if (error instanceof ExpressionError) return departureOfRefusal(refusalOfExpression(error));
	if (error instanceof Refusal) {
		const { outcome, message, nextStep, reason } = error;
		return departure({ kind: outcome }, { what: message, nextStep, reason });
	}
	return undefined;
}

const TIME_UNKNOWN: Told = {
	what: 'Stripe could not be asked what time it is, without which nobody knows how long it remembers a key, so nothing was sent',
	nextStep: 'Run it again later with the same item. Nothing is paid twice.',
};

/** The item's own request was not sent, because something that had to be known before could not be found out. */
export class NotSent extends Error {
	constructor(
		readonly outcome: Outcome,
		readonly told: Told,
	) {
		super('not sent');
		this.name = 'NotSent';
	}
}

/** A question before the send that stayed without an answer moved nothing: there is no doubt about the item itself. */
export function nothingSent(outcome: Outcome): Outcome {
	return outcome.kind === 'unknown' || outcome.kind === 'busy'
		? { ...outcome, kind: 'unreachable' }
		: outcome;
}

function refusalOfExpression({ message, context }: ExpressionError): Refusal {
	const { parameter } = context;
	const where = typeof parameter === 'string' ? ` in "${parameter}"` : '';
	return new Refusal(
		`An expression${where}`,
		`cannot be evaluated: ${message}`,
		'Correct it: look at the nodes and fields that it names.',
	);
}

/** The words name the ways back: nothing here may look as if old orders could be paid once more. */
function anotherKeySecret(): Refusal {
	return new Refusal(
		'HMAC Secret in the credential',
		'is another one than the one that this ledger began with for this account, so every order that is done already would look new, and nothing was sent',
		'Put the earlier one back, or empty the field if it was empty. For a new one choose another ledger, which knows nothing of what was done before.',
		'refused',
		'key_secret_changed',
	);
}

function refusalOfCredential({ fault }: CredentialRefusal): Refusal {
	switch (fault) {
		case 'secret_key':
			return new Refusal(
				'Secret Key in the credential',
				'is no secret key of Stripe',
				'Use the key that begins with sk_live_, sk_test_, rk_live_ or rk_test_, from the Stripe dashboard under API keys.',
			);
		case 'organization_key':
			return new Refusal(
				'Secret Key in the credential',
				'is the key of an organization (sk_org_…), which stands for several accounts',
				'Use the secret or restricted key of the one account that is to be charged.',
			);
		case 'foreign_base_url':
			return new Refusal(
				'Base URL in the credential',
				"is not Stripe's, and the key is a live one",
				'Put https://api.stripe.com there: whoever gets a live key can move your money. Elsewhere use a test key.',
			);
		case 'base_url':
			return new Refusal(
				'Base URL in the credential',
				'is not safe to send a secret key to',
				'Use https and no path, e.g. https://api.stripe.com. http is allowed on this machine only.',
			);
		case 'proxy':
			return new Refusal(
				'The proxy in the environment of n8n',
				'is no http or https address',
				'Correct HTTPS_PROXY or ALL_PROXY, e.g. http://proxy.example.com:3128, and restart n8n.',
			);
	}
}
