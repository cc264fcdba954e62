/**
 * Types from Stripe's SDK that the simulator must match. If an update of the SDK removes or adds something, `npm
 * run types` fails, so that the simulator never differs from Stripe.
 */

/** The names of an endpoint's parameters: `[…] as const satisfies ParameterNames<Stripe.RefundCreateParams>`. */
export type ParameterNames<Params> = readonly (keyof Params & string)[];

/**
 * An object with every field that Stripe shows, and no other: `{ … } satisfies Shown<Stripe.Refund, Refund>`. An intersection
 * with `Own` would allow any further field, because simulated objects have an index signature.
 *
 * @typeParam Own what the simulator itself reads of it
 */
export type Shown<StripeObject, Own = object> = {
	[Field in keyof Omit<StripeObject, 'lastResponse'>]: Field extends keyof Named<Own>
		? Named<Own>[Field]
		: unknown;
};

/** Without the index signature. */
type Named<T> = { [Field in keyof T as string extends Field ? never : Field]: T[Field] };
