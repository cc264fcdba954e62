import { repeat } from '../../crash/soak';
import fc, { anyText } from '../../fastCheck';

import { REDACTED, redactSecrets, redactMessage, redactParams } from '../../../stripe/api/redact';

const CARD = '4242424242424242';

describe('redacts', () => {
	it.each([
		['client_secret', 'pi_1_secret_2'],
		['client_secret', 'of a form that nobody knows yet'],
		['secret', 'whsec_abc'],
		['ephemeral_key_secret', 'ek_test_1'],
		['cvc', '123'],
		['cvc', 123],
		['iban', 'DE89370400440532013000'],
		['account_number', '000123456789'],
		['id_number', '000000000'],
		['ssn_last_4', '0000'],
		['id_number_secondary', '000000000'],
		['cvc_token', 'cvctok_1'],
		['cryptogram', 'AAIBBYNoEwAAACcKhAJkdQAAAAA='],
		['encrypted_number', 'abc'],
		['signing_secret', 'of a form that nobody knows yet'],
		['password', 'of the shop'],
		['private_key_file_password', 'of the shop'],
		['number', CARD],
		['number', Number(CARD)],
		['number', '4242 4242 4242 4242'],
		['number', '4242-4242-4242-4242'],
		['number', '4242.4242.4242.4242'],
		['number', ' 4242  4242 4242 4242\n'],
		['number', '4242\u00a04242\u20114242\u20134242'],
		['number', '3782 822463 10005'],
		['number', '4222222222222'],
		['number', '6205500000000000004'],
		['number', '4242/4242/4242/4242'],
		['number', '4242_4242_4242_4242'],
		['number', '\uff14\uff12'.repeat(8)],
		['number', '\u0664\u0662\u0664\u0662 '.repeat(4)],
		['card[number]', CARD],
		['payment_method_data[card][cvc]', '123'],
		['payment_method_data.card.number', CARD],
	])('the field %s: %j, at any depth', (name, value) => {
		const hidden = { a: [{ b: { [name]: REDACTED } }], [name]: REDACTED };
		expect(redactSecrets({ a: [{ b: { [name]: value } }], [name]: value })).toEqual(hidden);
	});

	it('what an app stores as a secret, in the object and in its request', () => {
		const secret = { object: 'apps.secret', name: 'api key', payload: 'hush' };
		expect(redactSecrets(secret)).toEqual({ ...secret, payload: REDACTED });
		expect(redactParams('/v1/apps/secrets', { name: 'api key', payload: 'hush' })).toEqual({
			name: 'api key',
			payload: REDACTED,
		});
		const event = { event_name: 'api_call', payload: { value: '1' } };
		expect(redactParams('/v1/billing/meter_events', event)).toEqual(event);
	});

	it('each of several values of such a field, but not the fields of an object of that name', () => {
		const value = { cvc: ['123', ['456']], iban: { country: 'DE', iban: 'DE89370400440532013000' } };
		expect(redactSecrets(value)).toEqual({
			cvc: [REDACTED, [REDACTED]],
			iban: { country: 'DE', iban: REDACTED },
		});
	});

	it.each([
		['pi_3N_secret_Ab12', REDACTED],
		['seti_1_secret_Zz', REDACTED],
		['src_client_secret_Ab12', REDACTED],
		['cs_test_a1B2_secret_fid%2FwYXgl', REDACTED],
		['cs_live_a1B2_secret_fid_x', REDACTED],
		['https://x.example/?payment_intent_client_secret=pi_3N_secret_Ab12&ok=1', `…=${REDACTED}&ok=1`],
		['https://x.example/?to=https%3A%2F%2Fy%3Fsecret%3Dpi_3N_secret_Ab12', `…%3${REDACTED}`],
		['Invalid API Key provided: sk_test_shop', `Invalid API Key provided: ${REDACTED}`],
		['sk_live_51H,rk_live_51H;rk_test_51H', `${REDACTED},${REDACTED};${REDACTED}`],
		['key=%3dsk_live_51H', `key=%3d${REDACTED}`],
		['the key_sk_live_51H', `the key_${REDACTED}`],
		['(ek_test_YWNjdF8x)', `(${REDACTED})`],
		['whsec_5WbX5kEWLlfzsGNjH64I8lOOqUB6e8FH.', `${REDACTED}.`],
		['whsec_Zm9v+bar/baz==', REDACTED],
		[`Authorization: Basic ${btoa('sk_live_51AbCdEfGh:')}`, `Authorization: Basic ${REDACTED}`],
		[`{"auth":"${btoa('rk_test_51AbCdEfGh:x')}"}`, `{"auth":"${REDACTED}"}`],
		['go to https://verify.stripe.com/start/test_YWNjdF8xTTJ now', `go to ${REDACTED} now`],
	])('the secret in the text %s', (text, expected) => {
		const hidden = redactSecrets(text);
		const tail = expected.replace('…', '').replace(/^%3/, '');
		expect(hidden.endsWith(tail)).toBe(true);
		expect(hidden).not.toMatch(/Ab12|51H|fid|Zz|shop|YWN|5WbX|Zm9v/);
	});
});

describe('does not redact, and leaves unchanged', () => {
	it.each([
		{ number: 'INV-1' },
		{ number: '1234' },
		{ number: 20260115 },
		{ number: 'INV-202600000000001' },
		{ number: '202611240001' },
		{ number: 202611240001 },
		{ number: '601234567896' },
		{ number: '4242424242424241' },
		{ number: '9999999999999995' },
		{ number: '4242 4242 4242 4242 or so' },
		{ number: null },
		{ number: '' },
		{ cvc: null, cvc_check: 'pass', client_secret: null, secret: undefined, iban: '' },
		{ last4: '4242', amount: 4242424242424242, description: 'Order 4242424242424242' },
		{ id: 'pi_3N', object: 'payment_intent', created: 1768478400, livemode: false },
		{ message: 'Invalid API Key provided: sk_test_****shop' },
		{ description: 'task_test_1, risk_live_2, my secret garden, pk_test_public' },
		{ [' ']: 1, '': 2, '[]': 3, '...': 4 },
		[],
		[null, undefined, true, 1.5, 'text'],
		null,
		undefined,
		0,
		'',
	])('%j', (value) => {
		expect(redactSecrets(value)).toEqual(value);
	});

	it('the order of the fields', () => {
		expect(Object.keys(redactSecrets({ z: 1, cvc: '1', a: 2 }))).toEqual(['z', 'cvc', 'a']);
	});

	it('the original: the input is not modified', () => {
		const value = Object.freeze({ cvc: '123', list: Object.freeze([Object.freeze({ iban: 'DE89' })]) });
		redactSecrets(value);
		expect(value).toEqual({ cvc: '123', list: [{ iban: 'DE89' }] });
	});

	it('a field named __proto__: no prototype is set by it', () => {
		const given: unknown = JSON.parse('{"__proto__": {"cvc": "123", "polluted": "yes"}, "a": 1}');
		const hidden = redactSecrets(given) as object;
		expect(JSON.stringify(hidden)).toBe(`{"__proto__":{"cvc":"${REDACTED}","polluted":"yes"},"a":1}`);
		expect(Object.getPrototypeOf(hidden)).toBe(Object.prototype);
		expect({}).not.toHaveProperty('polluted');
	});
});

/** Luhn's: the digit that makes the sum a multiple of ten. */
function withCheckDigit(digits: number[]): number[] {
	const sum = digits.toReversed().reduce((total, digit, position) => {
		const value = digit * (position % 2 === 0 ? 2 : 1);
		return total + (value > 9 ? value - 9 : value);
	}, 0);
	return [...digits, (10 - (sum % 10)) % 10];
}

describe('for any value', () => {
	const token = fc.uuid().map((uuid) => `Zq${uuid.replaceAll('-', '')}`);
	const before = anyText().map((text) => `${text} `);
	const after = anyText();
	const inText = (form: (token: string) => string) =>
		fc.tuple(before, token, after).map(([left, t, right]) => ({
			planted: t,
			value: `${left}${form(t)}${right}` as unknown,
		}));
	const inField = (name: string) => token.map((t) => ({ planted: t, value: { [name]: t } }));
	const digits = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 14, maxLength: 14 });
	const card = fc
		.tuple(digits, fc.constantFrom('', ' ', '-', '.', '/', '_', '\u00a0'))
		.map(([some, between]) => withCheckDigit([4, ...some]).join(between))
		.map((spelled) => ({ planted: spelled, value: { number: spelled } }));

	const secret = fc.oneof(
		...['client_secret', 'secret', 'ephemeral_key_secret', 'cvc', 'iban'].map(inField),
		...['account_number', 'id_number', 'ssn_last_4', 'card[cvc]', 'a.iban'].map(inField),
		...['pi_3N', 'seti_1', 'src_client', 'cs_test_a1', 'cs_live_b2'].map((id) =>
			inText((t) => `${id}_secret_${t}`),
		),
		...['sk_live_', 'sk_test_', 'rk_live_', 'rk_test_', 'whsec_'].map((kind) =>
			inText((t) => `${kind}${t}`),
		),
		card,
	);

	/** Buries a value in arrays and objects. */
	const buried = (value: unknown, path: readonly (string | null)[], beside: unknown): unknown =>
		path.reduceRight<unknown>(
			(inner, name) => (name === null ? [beside, inner] : { beside, [name]: inner }),
			value,
		);

	it('no planted secret survives, wherever it is planted', () => {
		const path = fc.array(fc.option(fc.string()), { maxLength: 6 });
		fc.assert(
			fc.property(secret, path, fc.jsonValue(), ({ planted, value }, names, beside) => {
				const result = JSON.stringify(redactSecrets(buried(value, names, beside)));
				const elsewhere = JSON.stringify(beside).includes(planted);
				expect(elsewhere || !result.includes(planted)).toBe(true);
			}),
			{ numRuns: 1_000 },
		);
	});

	it('a value without secrets stays exactly as it is', () => {
		fc.assert(
			fc.property(fc.jsonValue(), (value) => {
				expect(JSON.stringify(redactSecrets(value))).toBe(JSON.stringify(value));
			}),
		);
	});

	it('redacting twice equals redacting once', () => {
		fc.assert(
			fc.property(secret, ({ value }) => {
				const once = redactSecrets(value);
				expect(redactSecrets(once)).toEqual(once);
			}),
		);
	});
});

/** Characters: what backtracks takes hours for the short ones too. */
const LONG_TEXT = repeat(2_000_000, 20_000_000);

it.each(['whsec_', 'sk_live_', 'pi_1_secret_', 'a'])('a text of MBs of %j is completed', (piece) => {
	const redacted = redactSecrets({ text: piece.repeat(LONG_TEXT / piece.length) });
	expect(/sk_live_\w|whsec_\w|_secret_\w/.test(redacted.text)).toBe(false);
});

it('a secret of 4,000 characters is redacted to its end', () => {
	expect(redactSecrets({ text: `see whsec_${'x'.repeat(4_000)}.` })).toEqual({ text: 'see [hidden].' });
});

describe('takes linear time, for MBs of', () => {
	const SIZE = LONG_TEXT / 2;
	/** Of the processor, so that a busy machine changes nothing. What backtracks takes hours, not seconds. */
	const MOST_MS = 8_000;

	function cpuMs(work: () => void): number {
		const before = process.cpuUsage();
		work();
		const { user, system } = process.cpuUsage(before);
		return (user + system) / 1000;
	}

	it.each([
		'a',
		'aa_',
		'pi_',
		'pi_1_secret',
		'sk_live',
		'sk_live_',
		'whsec_',
		'1 ',
		'%3d',
		'aaaaaaaa_b',
		'_secret_',
		'pi_1_secret_2 ',
	])('%j', (piece) => {
		const number = piece.repeat(Math.ceil(SIZE / piece.length));
		expect(cpuMs(() => redactSecrets({ number }))).toBeLessThan(MOST_MS);
	});

	it.each(['a', '[', 'a.', 'a['])('%j as the name of a field', (piece) => {
		const name = piece.repeat(SIZE / piece.length / 10);
		expect(cpuMs(() => redactSecrets({ [name]: 1 }))).toBeLessThan(MOST_MS);
	});
});

describe('a message to a person', () => {
	it.each(['4242 4242 4242 4242', '4242424242424242', '3782-822463-10005'])(
		'redacts the card number %s',
		(card) => {
			expect(redactMessage(`Currency is "${card}", which is no currency`)).toBe(
				'Currency is "[hidden]", which is no currency',
			);
		},
	);

	it.each([
		['4242 4242 4242 4242 12/28 123', '[hidden] 12/28 123'],
		['card 4242-4242-4242-4242 exp 1228', 'card [hidden] exp 1228'],
		['1001 4242 4242 4242 4242', '1001 [hidden]'],
		['12/28 4242424242424242 123', '12/28 [hidden] 123'],
		['4242/4242/4242/4242', '[hidden]'],
		['4242_4242_4242_4242', '[hidden]'],
		['\uff14\uff12\uff14\uff12'.repeat(4), '[hidden]'],
		['\u0664\u0662'.repeat(8), '[hidden]'],
		['3782 822463 10005, 5555-5555-5555-4444', '[hidden], [hidden]'],
	])('redacts the card beside other digits: %s', (words, shown) => {
		expect(redactMessage(words)).toBe(shown);
	});

	it.each([
		'99424242424242424242',
		'42424242424242424299',
		'order 202611240001',
		'601234567896',
		'4242424242424242424242',
		'4242 4242  4242 4242',
		'+49 30 901820 1234567',
		'2026-11-24 10:40:59.123456',
	])('keeps %s, which only resembles a card number', (words) => {
		expect(redactMessage(words)).toBe(words);
	});

	it('keeps order numbers and times', () => {
		const words = 'order 4242424242424241 of 2026-11-24 10:40 for 100000000000';
		expect(redactMessage(words)).toBe(words);
	});
});

it("metadata is the user's own: a long number in it stays, a secret does not", () => {
	const object = {
		metadata: { number: '202611240001', link: 'pi_1_secret_2' },
		number: '4242424242424242',
	};
	expect(redactSecrets(object)).toEqual({
		metadata: { number: '202611240001', link: REDACTED },
		number: REDACTED,
	});
});

it('is shortened with "…" beyond the maximum length, even in the middle of a card number or a secret', () => {
	for (const secret of ['4242 4242 4242 4242', 'sk_live_51AbCdEfGh']) {
		for (let at = 19_970; at <= 20_000; at++) {
			const words = redactMessage(
				`${'x '.repeat(10_000).slice(0, at - 1)} ${secret} ${'x '.repeat(100)}`,
			);
			expect(words.endsWith('…')).toBe(true);
			expect(words).not.toMatch(/4242|51Ab/);
		}
	}
});

it.each([
	{ object: 'billing_portal.session', url: 'https://pay.example.com/p/session/x' },
	{ object: 'account_link', url: 'https://connect.example.com/x' },
	{ object: 'identity.verification_session', url: 'https://verify.example.com/start/test_x' },
])('redacts the address of $object, which logs in whoever has it', (object) => {
	expect(redactSecrets({ list: [object] })).toEqual({ list: [{ ...object, url: REDACTED }] });
});

it('redacts the address of a portal session in a text, not that of a payment page', () => {
	const url = 'https://billing.stripe.com/p/session/test_YWNjdF8xTTJ';
	expect(redactSecrets(`go to ${url}`)).toBe(`go to ${REDACTED}`);
	const page = { object: 'checkout.session', url: 'https://checkout.stripe.com/c/pay/cs_test_1' };
	expect(redactSecrets(page)).toEqual(page);
});
