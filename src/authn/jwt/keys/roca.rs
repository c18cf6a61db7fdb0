//! RSA keys that one maker's library built from powers of 65537 (ROCA, CVE-2017-15361): who knows such a modulus can factor it.

/// The generator of the flawed primes.
const GENERATOR: u32 = 65_537;
/// The flaw shows modulo every prime up to this one, whatever the size of the key.
const LAST_PRIME: u32 = 167;

/// Whether `modulus` (big-endian) is a power of 65537 modulo each small prime. A sound key is taken for a flawed one about
/// once in two hundred million times.
pub(super) fn is_flawed(modulus: &[u8]) -> bool {
    let odd_primes = (3..=LAST_PRIME).filter(|number| (2..*number).all(|divisor| number % divisor != 0));
    odd_primes.into_iter().all(|prime| is_power_of_generator(remainder(modulus, prime), prime))
}

fn remainder(number: &[u8], prime: u32) -> u32 {
    number.iter().fold(0, |so_far, octet| (so_far * 256 + u32::from(*octet)) % prime)
}

fn is_power_of_generator(value: u32, prime: u32) -> bool {
    let powers = std::iter::successors(Some(1), |power| Some(power * (GENERATOR % prime) % prime));
    powers.take(prime as usize).any(|power| power == value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_product_of_powers_is_flawed_and_its_neighbours_are_not() {
        let generator = u128::from(GENERATOR);
        for power in 0..8 {
            let flawed = generator.pow(power);
            assert!(is_flawed(&flawed.to_be_bytes()), "65537^{power}");
            assert!(!is_flawed(&(flawed + 2).to_be_bytes()), "65537^{power} + 2");
        }
        for sound in [&[][..], &[0], &[3], &[0xff; 256], &[0x5b; 257]] {
            assert!(!is_flawed(sound), "{sound:?}");
        }
    }
}
