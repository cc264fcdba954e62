import { parseMajorAmount } from '../objects/majorAmount';

/** Why a value is not valid for its parameter, and what to do. */
export type ValueFault = readonly [problem: string, nextStep: string];

type FindFault = (text: string) => ValueFault | undefined;

/** Checks of values that are not IDs, by the parameter's name in Stripe's API. */
export const TEXT_KINDS: ReadonlyMap<string, FindFault> = new Map(
	Object.entries({
		allowed_countries: findCountryFault,
		country: findCountryFault,
		currency: findCurrencyFault,
		minimum_amount_currency: findCurrencyFault,
		email: findEmailFault,
		customer_email: findEmailFault,
		customer_email_address: findEmailFault,
		instructions_email: findEmailFault,
		receipt_email: findEmailFault,
		invoice_prefix: findPrefixFault,
		locale: findLanguageFault,
		preferred_locales: findLanguageFault,
		amount_percent: findPercentFault,
		application_fee_percent: findPercentFault,
		percent_off: findPercentFault,
		percentage: findPercentFault,
		success_url: findUrlFault,
		cancel_url: findUrlFault,
		url: findUrlFault,
		images: findUrlFault,
		return_url: findReturnUrlFault,
		days_until_due: findCountFault,
		duration_in_months: findCountFault,
		interval_count: findCountFault,
		max_redemptions: findCountFault,
		quantity: findCountFault,
		trial_period_days: findCountFault,
		quantity_decimal: findQuantityFault,
		unit_amount_decimal: findDecimalFault,
		allowed_payment_method_types: findTypeFault,
		payment_method_types: findTypeFault,
		up_to: (text) => (text === 'inf' ? undefined : findCountFault(text)),
		amount: findMinorUnitFault,
		amount_off: findMinorUnitFault,
		amount_refunded: findMinorUnitFault,
		amount_to_capture: findMinorUnitFault,
		application_fee_amount: findMinorUnitFault,
		credit_amount: findMinorUnitFault,
		flat_amount: findMinorUnitFault,
		minimum_amount: findMinorUnitFault,
		out_of_band_amount: findMinorUnitFault,
		refund_amount: findMinorUnitFault,
		unit_amount: findMinorUnitFault,
	}),
);

function findUrlFault(text: string): ValueFault | undefined {
	if (/^https?:\/\/[^\s/?#]+\S*$/i.test(text)) return undefined;
	return [`is "${text}", which is not an address`, 'Write all of it, like https://example.com/thanks.'];
}

/** A return URL may open an app (docs.stripe.com/api/payment_intents/create, `return_url`). */
function findReturnUrlFault(text: string): ValueFault | undefined {
	return /^(?!https?:)[a-z][a-z0-9+.-]*:\S+$/i.test(text) ? undefined : findUrlFault(text);
}

function findEmailFault(text: string): ValueFault | undefined {
	if (/^[^\s@]+@\S*[^\s@]$/.test(text.trim())) return undefined;
	return [`is "${text}", which is not an email address`, 'Write it like name@example.com.'];
}

function findCountryFault(text: string): ValueFault | undefined {
	if (/^[A-Za-z]{2}$/.test(text)) return undefined;
	return [`is "${text}", which is not a country code`, 'Write its two letters, like DE or US.'];
}

function findCurrencyFault(text: string): ValueFault | undefined {
	if (/^(?:[A-Za-z]{3}|usdc)$/.test(text)) return undefined;
	return [`is "${text}", which is not a currency code`, 'Write its three letters, like EUR or USD.'];
}

function findLanguageFault(text: string): ValueFault | undefined {
	if (/^(?:auto|[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*)$/.test(text)) return undefined;
	return [`is "${text}", which is not a language code`, 'Write it like de or en-GB.'];
}

function findPercentFault(text: string): ValueFault | undefined {
	if (/^\d+(?:\.\d+)?$/.test(text) && Number(text) <= 100) return undefined;
	return [`is "${text}"`, 'Give a percentage from 0 to 100.'];
}

function findCountFault(text: string): ValueFault | undefined {
	return /^\d+$/.test(text) ? undefined : [`is "${text}"`, 'Give a whole number, not below 0.'];
}

function findMinorUnitFault(text: string): ValueFault | undefined {
	if (/^-?\d+$/.test(text) || parseMajorAmount(text) !== undefined) return undefined;
	return [`is "${text}"`, 'Write a whole number of minor units: 1999 for 19.99 EUR.'];
}

function findQuantityFault(text: string): ValueFault | undefined {
	if (/^\d+(?:\.\d{1,12})?$/.test(text)) return undefined;
	return [`is "${text}"`, 'Give a number with up to 12 decimals, not below 0.'];
}

/** Below zero it is a credit (docs.stripe.com/api/invoiceitems/create, `unit_amount_decimal`). */
function findDecimalFault(text: string): ValueFault | undefined {
	if (/^-?\d+(?:\.\d{1,12})?$/.test(text)) return undefined;
	return ['is not a number with up to 12 decimals', 'Enter it like 0.125.'];
}

/** The limits are those of docs.stripe.com/api/customers/create, `invoice_prefix`. */
function findPrefixFault(text: string): ValueFault | undefined {
	if (/^[A-Z0-9]{3,12}$/.test(text)) return undefined;
	return [`is "${text}"`, 'Enter 3 to 12 capital letters or digits.'];
}

function findTypeFault(text: string): ValueFault | undefined {
	if (/^[a-z][a-z0-9_]*$/.test(text)) return undefined;
	return [`is "${text}"`, 'Write types as Stripe names them, like card or sepa_debit.'];
}
