/** Code of the alert that says that mails to an address are given up. Nobody is told of it by mail. */
export const UNDELIVERABLE = 'mail_undeliverable';
