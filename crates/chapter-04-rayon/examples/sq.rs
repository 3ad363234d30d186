use rayon::prelude::*; use std::time::*; use std::hint::black_box;
fn best(mut f: impl FnMut())->f64{ let mut b=f64::MAX; for _ in 0..9 {let t=Instant::now(); f(); b=b.min(t.elapsed().as_secs_f64()*1e6);} b}
fn main(){ let pool=rayon::ThreadPoolBuilder::new().build().unwrap();
 for n in [10,100,1000,10_000,100_000,1_000_000,4_000_000u32]{ let v:Vec<u32>=(0..n).collect();
  let sq=|&n:&u32| u64::from(n)*u64::from(n);
  let col=|&n:&u32| {let mut x=u64::from(n); let mut s=0u64; while x>1 && s<500 { x= if x%2==0 {x/2} else {3*x+1}; s+=1;} s};
  let a=best(||{black_box(v.iter().map(sq).collect::<Vec<_>>());}); let a2=best(||{black_box(v.iter().map(sq).collect::<Vec<_>>());});
  let b=pool.install(||best(||{black_box(v.par_iter().map(sq).collect::<Vec<_>>());}));
  let b2=best(||{black_box(pool.install(||v.par_iter().map(sq).collect::<Vec<_>>()));});
  let c=best(||{black_box(v.iter().map(sq).sum::<u64>());}); 
  let d=pool.install(||best(||{black_box(v.par_iter().map(sq).sum::<u64>());}));
  if n<=1_000_000 {let e=best(||{black_box(v.iter().map(col).collect::<Vec<_>>());}); let f=pool.install(||best(||{black_box(v.par_iter().map(col).collect::<Vec<_>>());}));
  print!("collatz {e:.1} {f:.1} ");}
  println!("{n}: collect {a:.2} {a2:.2} par {b:.2} install {b2:.2} | sum {c:.2} {d:.2}"); } }
