//! Chance from a seed: the same seed rolls the same dice, so that what went wrong can go wrong again.

/// SplitMix64 (<https://prng.di.unimi.it/splitmix64.c>): eight lines, and good enough to choose a fault.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// Dice of this seed.
    pub fn new(seed: u64) -> Dice {
        Dice(seed)
    }

    /// Any number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `end`; 0 where `end` is 0.
    pub fn below(&mut self, end: usize) -> usize {
        // The remainder's bias is far below what anybody could notice here.
        usize::try_from(self.roll() % (end.max(1) as u64)).unwrap_or(0)
    }

    /// Whether something happens that happens in `permille` of a thousand cases.
    pub fn happens(&mut self, permille: u32) -> bool {
        self.below(1_000) < permille as usize
    }

    /// One of these, or nothing where there is none.
    pub fn pick<'a, T>(&mut self, of: &'a [T]) -> Option<&'a T> {
        of.get(self.below(of.len()))
    }
}

/// Now and then, by the dice, one of these things goes wrong.
#[derive(Clone, Debug)]
pub struct Weather<T> {
    dice: Dice,
    permille: u32,
    kinds: Vec<T>,
}

impl<T: Clone> Weather<T> {
    /// In `permille` of a thousand cases one of `kinds`, each as likely as the others. A kind that should
    /// be likelier is named twice.
    pub fn new(seed: u64, permille: u32, kinds: Vec<T>) -> Weather<T> {
        Weather { dice: Dice::new(seed), permille, kinds }
    }

    /// What goes wrong this time.
    pub fn draw(&mut self) -> Option<T> {
        if self.dice.happens(self.permille) { self.dice.pick(&self.kinds).cloned() } else { None }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_is_the_same_weather() {
        let mut one = Weather::new(7, 250, vec!["rain", "hail"]);
        let mut same = Weather::new(7, 250, vec!["rain", "hail"]);
        let drawn: Vec<_> = (0..4_000).map(|_| one.draw()).collect();
        assert!(drawn.iter().all(|d| *d == same.draw()));
        let often = |what| drawn.iter().filter(|d| **d == Some(what)).count();
        assert!((400..600).contains(&often("rain")) && (400..600).contains(&often("hail")), "{drawn:?}");
        let mut other = Weather::new(8, 250, vec!["rain", "hail"]);
        assert!(drawn.iter().any(|d| *d != other.draw()));
        assert_eq!(Weather::new(7, 1_000, Vec::<()>::new()).draw(), None);
    }
}
