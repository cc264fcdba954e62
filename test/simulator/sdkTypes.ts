/**
 * What the SDK's types say of an endpoint. The simulator is held against them when it is compiled, so that an update of the
 * SDK which removes or adds something fails `npm run types`, and the simulator never teaches what Stripe does not do.
 */

/** The names of an endpoint's parameters: `[…] as const satisfies ParameterNames<Stripe.RefundCreateParams>`. */
export type ParameterNames<Params> = readonly (keyof Params & string)[];

/** An object with every field that Stripe shows, and no other: `{ … } satisfies Shown<Stripe.Refund>`. */
export type Shown<StripeObject> = {
	[Field in keyof Omit<StripeObject, 'lastResponse'>]: unknown;
};
