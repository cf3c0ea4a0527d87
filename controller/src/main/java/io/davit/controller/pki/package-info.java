/**
 * Certificate authorities and what they sign: the controller's own hierarchy and one set per
 * cluster. Names, rights and lifetimes are decided here; from a request only the public key is
 * taken. BouncyCastle may enter here and nowhere else; deciding who may ask does not belong here.
 */
@NullMarked
package io.davit.controller.pki;

import org.jspecify.annotations.NullMarked;
