/**
 * Types from Stripe's SDK that the simulator must match. If an update of the SDK removes or adds something, `npm
 * run types` fails, so that the simulator never differs from Stripe.
 */

/** The names of an endpoint's parameters: `[…] as const satisfies ParameterNames<Stripe.RefundCreateParams>`. */
export type ParameterNames<Params> = readonly (keyof Params & string)[];

/** An object with every field that Stripe shows, and no other: `{ … } satisfies Shown<Stripe.Refund>`. */
export type Shown<StripeObject> = {
	[Field in keyof Omit<StripeObject, 'lastResponse'>]: unknown;
};
